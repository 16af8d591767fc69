package table_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/table"
)

const flowers = `petal,colour,kind
1.4,white,setosa
4.7,blue,versicolor
6.0,violet,virginica
`

func Example() {
	train, encoder, err := table.Decode(strings.NewReader(flowers), table.Schema{
		Numeric:     []string{"petal"},
		Categorical: []string{"colour"},
		Class:       "kind",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(encoder.Features(), train.Spec().ClassNames)

	test, err := encoder.Decode(strings.NewReader("kind,petal,colour\nvirginica,5.5,blue\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := data.Get(test, 0)
	fmt.Println(s.X, s.Y, err)
	// Output:
	// [petal colour=blue colour=violet colour=white] [setosa versicolor virginica]
	// [5.5 1.  0.  0. ] 2 <nil>
}

func ExampleEncoder() {
	_, encoder, err := table.Decode(strings.NewReader(flowers), table.Schema{Numeric: []string{"petal"}, Class: "kind"})
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := json.Marshal(encoder)
	fmt.Println(string(b), err)
	// Output: {"schema":{"numeric":["petal"],"class":"kind","missing":null},"means":[4.033333333333333],"categories":null,"frequent":null,"classes":["setosa","versicolor","virginica"]} <nil>
}

func ExampleSchema_missing() {
	file := "size,price\n30,100\n?,150\n50,180\n"
	schema := table.Schema{Numeric: []string{"size"}, Targets: []string{"price"}, Missing: []string{"?"}}
	for _, policy := range []table.Policy{table.Refuse, table.Drop, table.Fill} {
		schema.OnMissing = policy
		ds, _, err := table.Decode(strings.NewReader(file), schema)
		if err != nil {
			fmt.Println(err)
			continue
		}
		var sizes []float32
		for i := range ds.Len() {
			s, err := data.Get(ds, i)
			if err != nil {
				fmt.Println(err)
				return
			}
			sizes = append(sizes, s.X.Data()...)
		}
		fmt.Println(sizes)
	}
	// Output:
	// table: line 3, column 1: size is "?", a missing value, want one
	// [30 50]
	// [30 40 50]
}
