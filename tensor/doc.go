// Package tensor provides dense n-dimensional arrays and the operations on
// them: views, arithmetic, reductions, comparisons, matrix products, joining
// and printing.
//
//	x := tensor.New([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
//	mean := tensor.Mean(x, 0)        // [2.5 3.5 4.5], of shape [3]
//	y := tensor.Sub(x, mean)         // repeated to shape [2 3]
//	fmt.Println(tensor.MatMul(y, x.Transpose(0, 1)))
//
// # Arrays and views
//
// An [Array] has a shape and elements in row-major order: [Tensor] is an array
// of float32, and [Ints], [Bytes] and [Bools] hold the other element types.
// [Array.Slice], [Array.Transpose], [Array.Reshape] and the other methods that
// rearrange return views, which share memory with the array and cost nothing
// but a header; [Array.Clone] copies. A view of other than row-major order is as
// good as any array, except that [Array.Data] and some reshapes need a Clone
// first.
//
// An array may have no elements, if a size is 0, and it may have no axes: a
// scalar, of shape [], has one element. Arithmetic serves arrays of up to 16
// axes.
//
// # Broadcasting
//
// Functions of several arrays repeat them to a common shape as NumPy does: axes
// are aligned at the right, and an axis that is missing or of size 1 is repeated
// to the size of its partner. They panic if the sizes differ otherwise. [Scalar]
// makes a number an array.
//
// # Destinations
//
// Most functions have a form that ends in To, which writes its result to dst
// instead of a new array, returns dst, and allocates nothing in the steady
// state. It panics unless dst has the shape of the result; dst may be a strided
// view. In functions that work element by element dst may also be the same view
// as an argument. Otherwise it must not overlap any, and no axis of dst may be
// repeated, as [Array.Expand] does.
//
// # Reductions
//
// [Sum], [Mean], [Max] and their kin reduce the axes they are given, all if none
// is given, and drop them from the shape; [Array.Unsqueeze] puts an axis back.
// They panic if an axis is named twice. Without elements a sum is 0, a product
// 1, a mean NaN, and a maximum or minimum panics.
//
// The forms that end in To take no axes: they reduce to the shape of dst, which
// broadcasts to that of x, over the axes along which it is repeated. [SumTo] a
// dst of shape [2 1] adds the columns of an x of shape [2 3], a dst of shape [3]
// its rows. [Shape.KeepDims] gives such shapes.
//
// # Axes
//
// Axes are counted from 0, the outermost, or with negative numbers from -1, the
// innermost.
//
// # Mistakes
//
// Like an index out of range of a slice, a wrong axis, index or shape panics,
// with a message that says what came and what was wanted. Package grad
// returns errors instead.
//
// # Goroutines and reproducibility
//
// Arrays may be read by many goroutines at once. Large operations run on
// several goroutines, see [SetWorkers]; results depend neither on their number
// nor on the strides of the arguments, only on the instruction-set level of the
// processor.
package tensor
