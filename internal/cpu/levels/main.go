// Command levels prints the CPU levels that this machine can run, for scripts
// that test each of them.
package main

import (
	"fmt"
	"strings"

	"github.com/gannet-ml/gannet/internal/cpu"
)

func main() {
	var names []string
	for _, l := range cpu.Available {
		names = append(names, l.String())
	}
	fmt.Println(strings.Join(names, " "))
}
