package shop

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strconv"
)

// thumbnail draws a picture of a product, or finds it in the cache.
func (s *Server) thumbnail(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(r.URL.Query().Get("id"))
	if picture, ok := s.thumbs.Get(id); ok {
		w.Write(picture)
		return
	}
	picture, err := encodePicture(drawProduct(id))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.thumbs.Put(id, picture)
	w.Write(picture)
}

func drawProduct(id int) *image.RGBA {
	side := 96 + 16*(id%5)
	picture := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := 0; y < side; y++ {
		for x := 0; x < side; x++ {
			picture.SetRGBA(x, y, shade(id, x, y))
		}
	}
	return picture
}

func shade(id, x, y int) color.RGBA {
	return color.RGBA{R: uint8(x * y), G: uint8(x ^ y ^ id), B: uint8(x*id + y), A: 255}
}

func encodePicture(picture image.Image) ([]byte, error) {
	var encoded bytes.Buffer
	if err := png.Encode(&encoded, picture); err != nil {
		return nil, err
	}
	return encoded.Bytes(), nil
}
