package tensor

import "github.com/gannet-ml/gannet/internal/mem"

// FreeMemory lets go of the buffers that the library keeps for the next step.
// Training and prediction take their working memory from a pool that otherwise
// stays as large as it has ever been; call this after the largest work is done.
// Buffers in use are not touched.
func FreeMemory() { mem.Trim() }
