package plot

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/gannet-ml/gannet/internal/atomicfile"
)

// resolution of PNG files in dots per inch: twice that of a plain screen.
const resolution = 192

// write draws a picture and writes it in the format that the suffix names.
func write(path string, width, height vg.Length, paint func(draw.Canvas)) error {
	var encode func(w io.Writer) error
	switch suffix := strings.ToLower(filepath.Ext(path)); suffix {
	case ".png":
		encode = func(w io.Writer) error {
			c := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(resolution))}
			paint(draw.New(c))
			_, err := c.WriteTo(w)
			return err
		}
	case ".svg":
		encode = func(w io.Writer) error {
			c := vgsvg.New(width, height)
			paint(draw.New(c))
			return encodeSVG(w, c)
		}
	default:
		return fmt.Errorf("plot: %s: suffix is %q, want .png or .svg", path, suffix)
	}
	if err := atomicfile.Write(path, encode); err != nil {
		return fmt.Errorf("plot: %w", err)
	}
	return nil
}

// encodeSVG writes c with fonts to fall back on. Arial and Helvetica have the
// widths of Liberation Sans, so that text stays in its place.
func encodeSVG(w io.Writer, c *vgsvg.Canvas) error {
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return err
	}
	const family = "font-family:Liberation Sans"
	_, err := w.Write(bytes.ReplaceAll(b.Bytes(), []byte(family), []byte(family+",Arial,Helvetica,sans-serif")))
	return err
}
