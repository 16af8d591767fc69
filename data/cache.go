package data

import (
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/gannet-ml/gannet/tensor"
)

// Cache returns ds with its samples kept in memory once they have been read, as
// long as they take no more than maxBytes together; further ones are read from ds
// every time. It is for data sets that are slow to read, such as pictures that are
// decoded from files:
//
//	train = data.Map(data.Cache(photos, 2<<30), data.RandomCrop(224, 16))
//
// A number takes 4 bytes and a label 8, on 32-bit machines 4. Besides, every
// sample of ds, kept or not, takes a pointer. Errors are not kept. Which samples
// are kept when there is no room for all depends on what is read first, what they
// hold does not.
//
// Below a Cache nothing must be random, since samples would no longer change from
// epoch to epoch: a random transform of a [Map] and a [Mix] are an error of Read.
// A data set of another kind that has randomness is read with seed 0 in epoch 0.
func Cache(ds Dataset, maxBytes int64) Dataset {
	c := &cache{ds: ds, spec: ds.Spec()}
	if c.spec.Err == nil && maxBytes < 0 {
		c.spec.Err = fmt.Errorf("data: Cache: maxBytes is %d, want at least 0", maxBytes)
	}
	if c.spec.Err == nil {
		c.kept = make([]atomic.Pointer[Sample], ds.Len())
		c.room.Store(maxBytes / max(bytesOf(c.spec), 1))
	}
	return c
}

type cache struct {
	ds   Dataset
	spec Spec
	kept []atomic.Pointer[Sample]
	room atomic.Int64 // how many more samples may be kept
}

// bytesOf returns how much memory the numbers of a sample take.
func bytesOf(s Spec) int64 {
	label := int64(4)
	if s.Classes > 0 {
		label = strconv.IntSize / 8
	}
	inputs := int64(s.X.Size())
	for _, shape := range s.More {
		inputs += int64(shape.Size())
	}
	return 4*inputs + label*int64(s.Y.Size())
}

func (c *cache) Len() int   { return c.ds.Len() }
func (c *cache) Spec() Spec { return c.spec }
func (c *cache) Label(i int) (int, error) {
	if c.spec.Err != nil {
		return 0, c.spec.Err
	}
	return Label(c.ds, i)
}

func (c *cache) Read(i int, dst Sample) error {
	if err := c.spec.check("Cache", i, len(c.kept), dst); err != nil {
		return err
	}
	if s := c.kept[i].Load(); s != nil {
		s.copyTo(dst)
		return nil
	}
	dst.Seed, dst.Epoch, dst.fixed = 0, 0, true
	if err := c.ds.Read(i, dst); err != nil {
		return err
	}
	c.keep(i, dst)
	return nil
}

// keep stores a copy of sample i if there is room and none is stored.
func (c *cache) keep(i int, src Sample) {
	if c.room.Add(-1) >= 0 {
		s := NewSample(c.spec)
		src.copyTo(s)
		if c.kept[i].CompareAndSwap(nil, &s) {
			return
		}
	}
	c.room.Add(1)
}

// copyTo writes the arrays of s to those of dst.
func (s Sample) copyTo(dst Sample) {
	copy(dst.X.Data(), s.X.Data())
	for k, x := range s.More {
		copy(dst.More[k].Data(), x.Data())
	}
	switch y := s.Y.(type) {
	case *tensor.Ints:
		copy(dst.Y.(*tensor.Ints).Data(), y.Data())
	case *tensor.Tensor:
		copy(dst.Y.(*tensor.Tensor).Data(), y.Data())
	}
}
