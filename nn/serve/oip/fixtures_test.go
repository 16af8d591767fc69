package oip

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// fixtures returns the folder of requests that others wrote, which is not a part of
// the repository, and the lines of the index of one of its folders.
func fixtures(t *testing.T, index string) (dir string, lines [][]string) {
	t.Helper()
	shared := os.Getenv("GANNET_SHARED")
	if shared == "" {
		t.Skip("GANNET_SHARED, the folder with the fixtures, is not set")
	}
	dir = filepath.Join(shared, "fixtures", "oip")
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(index)))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		lines = append(lines, strings.Split(line, "\t"))
	}
	return dir, lines
}

func readFixture(t *testing.T, parts ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The requests of KServe's end-to-end tests and of MLServer's. What is valid must
// come back from encoding; what is valid only as gRPC is refused in REST.
func TestFixturesJSON(t *testing.T) {
	dir, lines := fixtures(t, "index.tsv")
	requests, right := 0, 0
	for _, line := range lines {
		name, verdict := line[0], line[1]
		if strings.Contains(name, "response.json") {
			continue
		}
		bodies := []string{string(readFixture(t, dir, filepath.FromSlash(name)))}
		if strings.HasSuffix(name, ".txt") {
			bodies = strings.Split(strings.TrimSpace(bodies[0]), "\n")
		}
		for i, body := range bodies {
			requests++
			valid := verdict == "valid" || strings.Contains(verdict, "six valid") || strings.HasPrefix(verdict, "line 3 refused") && i != 2
			t.Run(name, func(t *testing.T) {
				r, err := DecodeRequest([]byte(body), -1, nil, Limits{})
				if valid != (err == nil) {
					t.Fatalf("error %v, want one: %v", err, !valid)
				}
				if !valid {
					isInvalid(t, err)
				} else {
					sameElements(t, r, body)
					roundTrip(t, r)
				}
				right++
			})
		}
	}
	t.Logf("%d of %d requests are read or refused as they should be", right, requests)
}

// sameElements compares all numbers with those that encoding/json finds.
func sameElements(t *testing.T, r *Request, body string) {
	t.Helper()
	var want struct {
		Inputs []struct {
			Name string
			Data []any
		}
	}
	if err := json.Unmarshal([]byte(body), &want); err != nil {
		t.Fatal(err)
	}
	for i, in := range want.Inputs {
		flat := flatten(in.Data)
		data := reflect.ValueOf(r.Inputs[i].Data)
		if data.Len() != len(flat) || r.Inputs[i].Name != in.Name {
			t.Fatalf("input %d is %q with %d elements, want %q with %d", i, r.Inputs[i].Name, data.Len(), in.Name, len(flat))
		}
		for j, w := range flat {
			g := data.Index(j)
			var same bool
			switch w := w.(type) {
			case string:
				same = string(g.Bytes()) == w
			case float64:
				same = g.CanInt() && float64(g.Int()) == w || g.Kind() == reflect.Float64 && g.Float() == w ||
					g.Kind() == reflect.Float32 && float32(g.Float()) == float32(w)
			}
			if !same {
				t.Fatalf("%s[%d] = %v, want %v", in.Name, j, g, w)
			}
		}
	}
}

// flatten returns the elements of nested lists.
func flatten(list []any) (flat []any) {
	for _, v := range list {
		if nested, ok := v.([]any); ok {
			flat = append(flat, flatten(nested)...)
		} else {
			flat = append(flat, v)
		}
	}
	return flat
}

func TestFixturesResponse(t *testing.T) {
	dir, _ := fixtures(t, "index.tsv")
	r, err := DecodeResponse(readFixture(t, dir, "mlserver", "inference-response.json"), -1, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if o := r.Outputs[0]; r.Model != "sum-model" || r.ID != "123" || o.Name != "output-0" || !reflect.DeepEqual(o.Data, []float32{21}) {
		t.Errorf("got %+v", r)
	}
}

// The requests with binary data, with the inputs of their models.
func TestFixturesBinary(t *testing.T) {
	dir, lines := fixtures(t, "binary-made-here/index.tsv")
	iris := []Port{{"input-0", FP32, []int{-1, 4}}}
	want := map[string][]Port{
		"two_inputs_mixed": {{"b", BOOL, []int{3}}, {"j", INT64, []int{-1}}, {"u", UINT32, []int{-1, 2}}},
		"bytes_input":      {{"s", BYTES, []int{-1}}}, "bytes_length_past_end": {{"s", BYTES, []int{-1}}},
		"fp16_bf16":     {{"h", FP16, []int{2}}, {"b", BF16, []int{2}}},
		"zero_elements": {{"z", FP32, []int{-1, 4}}},
	}
	right := 0
	for _, line := range lines {
		name, status := line[0], line[1]
		t.Run(name, func(t *testing.T) {
			var headers map[string]string
			if err := json.Unmarshal(readFixture(t, dir, "binary-made-here", name+".headers.json"), &headers); err != nil {
				t.Fatal(err)
			}
			body := readFixture(t, dir, "binary-made-here", name+".body")
			ports := iris
			if p, ok := want[name]; ok {
				ports = p
			}
			header, err := ParseHeader(headers[Header])
			var r *Request
			if err == nil {
				r, err = DecodeRequest(body, header, ports, Limits{})
			}
			if status == "400" {
				isInvalid(t, err)
				t.Log(err)
			} else if err != nil {
				t.Fatal(err)
			} else {
				roundTrip(t, r)
			}
			if !t.Failed() {
				right++
			}
		})
	}
	t.Logf("%d of %d requests are read or refused as they should be", right, len(lines))
}
