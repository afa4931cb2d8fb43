// Lets a test outside package runtime set up a pacer that belongs to nobody, and the sweeper's pace.
// Built into the runtime's own test by again.py.
package runtime

type PacerState struct {
	Marked, Stack, LastScan, Globals, Live       uint64
	MappedReady, HeapFree, TotalAlloc, TotalFree uint64
	ConsMark                                     float64
	LastConsMark                                 [4]float64
}

func (c *GCController) Put(s PacerState) {
	c.heapMarked = s.Marked
	c.lastStackScan.Store(s.Stack)
	c.lastHeapScan = s.LastScan
	c.globalsScan.Store(s.Globals)
	c.heapLive.Store(s.Live)
	c.mappedReady.Store(s.MappedReady)
	c.heapFree = sysMemStat(s.HeapFree)
	c.totalAlloc.Store(s.TotalAlloc)
	c.totalFree.Store(s.TotalFree)
	c.consMark = s.ConsMark
	c.lastConsMark = s.LastConsMark
}

func (c *GCController) Commit(isSweepDone bool) { c.commit(isSweepDone) }

func (c *GCController) Goal() (goal, minTrigger, trigger, runway uint64) {
	goal, minTrigger = c.heapGoalInternal()
	trigger, _ = c.trigger()
	return goal, minTrigger, trigger, c.runway.Load()
}

func (c *GCController) Start(live, scan, stack uint64, procs int, isPeriodic bool) (int64, float64, int32) {
	c.heapLive.Store(live)
	c.heapScan.Store(scan)
	c.maxStackScan.Store(stack)
	trigger := gcTrigger{kind: gcTriggerHeap}
	if isPeriodic {
		trigger.kind = gcTriggerTime
	}
	c.startCycle(0, procs, trigger)
	idle := int32(c.idleMarkWorkers.Load() >> 32)
	return c.dedicatedMarkWorkersNeeded.Load(), c.fractionalUtilizationGoal, idle
}

func (c *GCController) Worked(live uint64, heap, stack, globals int64) float64 {
	c.heapLive.Store(live)
	c.heapScanWork.Store(heap)
	c.stackScanWork.Store(stack)
	c.globalsScanWork.Store(globals)
	c.revise()
	return c.assistWorkPerByte.Load()
}

func (c *GCController) Idled(ns int64) { c.idleMarkTime.Store(ns) }

func (c *GCController) Learnt() (float64, [4]float64) { return c.consMark, c.lastConsMark }

// SweepPace asks the real heap, as if it had these pages.
func SweepPace(trigger, live, inUse, swept uint64) (pace float64) {
	systemstack(func() {
		lock(&mheap_.lock)
		wasLive, wasInUse := gcController.heapLive.Load(), mheap_.pagesInUse.Load()
		wasSwept, wasState := mheap_.pagesSwept.Load(), sweep.active.state.Load()
		wasPace, wasLiveBasis := mheap_.sweepPagesPerByte, mheap_.sweepHeapLiveBasis
		wasBasis := mheap_.pagesSweptBasis.Load()
		gcController.heapLive.Store(live)
		mheap_.pagesInUse.Store(uintptr(inUse))
		mheap_.pagesSwept.Store(swept)
		sweep.active.state.Store(0)
		gcPaceSweeper(trigger)
		pace = mheap_.sweepPagesPerByte
		gcController.heapLive.Store(wasLive)
		mheap_.pagesInUse.Store(wasInUse)
		mheap_.pagesSwept.Store(wasSwept)
		sweep.active.state.Store(wasState)
		mheap_.sweepPagesPerByte, mheap_.sweepHeapLiveBasis = wasPace, wasLiveBasis
		mheap_.pagesSweptBasis.Store(wasBasis)
		unlock(&mheap_.lock)
	})
	return
}

func (c *PIController) Integral(to float64) { c.errIntegral = to }

func (c *PIController) GetIntegral() float64 { return c.errIntegral }
