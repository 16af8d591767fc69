package suite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
)

const doublePorts = `"platform":"gannet",
	"inputs":[{"name":"input","datatype":"FP32","shape":[-1,3]}],"outputs":[{"name":"output","datatype":"FP32","shape":[-1,3]}]}`

var model = []Case{
	{Name: "metadata", Request: get("/v2/models/double"), Want: []Check{answers(`{"name":"double","versions":["1"],` + doublePorts)}},
	{Name: "metadata_of_version", Request: get("/v2/models/versions/versions/2"), Want: []Check{answers(`{"name":"versions","versions":["1","2"],` + doublePorts)}},
	{Name: "batch_dimension_is_minus_one", Request: get("/v2/models/echo"), Want: []Check{answers(`{"name":"echo","versions":["1"],"platform":"gannet",
		"inputs":[{"name":"floats","datatype":"FP32","shape":[-1,2]},{"name":"integers","datatype":"INT64","shape":[-1]},{"name":"words","datatype":"BYTES","shape":[-1]}],
		"outputs":[{"name":"floats","datatype":"FP32","shape":[-1,2]},{"name":"integers","datatype":"INT64","shape":[-1]},{"name":"words","datatype":"BYTES","shape":[-1]}]}`)}},
	{Name: "free_height_and_width", Request: get("/v2/models/pictures"), Want: []Check{answers(`{"name":"pictures","versions":["1"],"platform":"gannet",
		"inputs":[{"name":"input","datatype":"FP32","shape":[-1,3,-1,-1]}],"outputs":[{"name":"output","datatype":"FP32","shape":[-1,3]}]}`)}},
	{Name: "unknown_model", Request: get("/v2/models/none"), Want: []Check{refused(404, "none")}},
	{Name: "unknown_version", Request: get("/v2/models/double/versions/9"), Want: []Check{refused(404, "double", "9")}},
	{Name: "ready", Request: get("/v2/models/double/ready"), Want: []Check{answers(`{"name":"double","ready":true}`)}},
	{Name: "ready_version", Request: get("/v2/models/double/versions/1/ready"), Want: []Check{answers(`{"name":"double","ready":true}`)}},
	{Name: "ready_unknown_model", Request: get("/v2/models/none/ready"), Want: []Check{refused(404, "none")}},
	{Name: "ready_unknown_version", Request: get("/v2/models/double/versions/9/ready"), Want: []Check{refused(404, "9")}},
	{Name: "infer_unknown_model", Request: post("/v2/models/none/infer", string(good.Body)), Want: []Check{refused(404, "none")}},
	{Name: "infer_unknown_version", Request: post("/v2/models/double/versions/9/infer", string(good.Body)), Want: []Check{refused(404, "9")}},
	{Name: "policy_without_version", Request: post("/v2/models/versions/infer", string(good.Body)), Want: []Check{answers(versionAnswer("1", "1,2.5,-3"))}},
	{Name: "version", Request: post("/v2/models/versions/versions/2/infer", string(good.Body)), Want: []Check{answers(versionAnswer("2", "2,5,-6"))}},
	{Name: "label", Request: post("/v2/models/versions/versions/canary/infer", string(good.Body)), Want: []Check{answers(versionAnswer("2", "2,5,-6"))}},
	{Name: "classify_picture", Needs: REST, Request: post("/v2/models/pictures/classify?top=2", picture(13, 7), "Content-Type", "image/png"), Want: []Check{classes(2)}},
	{Name: "classify_no_picture", Needs: REST, Request: post("/v2/models/pictures/classify", "no picture", "Content-Type", "image/png"), Want: []Check{refused(400)}},
	{Name: "classify_unable_model", Needs: REST, Request: post("/v2/models/double/classify", picture(3, 3), "Content-Type", "image/png"), Want: []Check{refused(501, "double")}},
	{Name: "classify_text", Needs: REST, Request: post("/v2/models/texts/classify?top=1", "bad, BAD.", "Content-Type", "text/plain"), Want: []Check{answers(`{"model_name":"texts","model_version":"1","classes":[{"label":"dog","index":1,"probability":1}]}`)}},
	{Name: "classify_no_text", Needs: REST, Request: post("/v2/models/texts/classify", "", "Content-Type", "text/plain"), Want: []Check{refused(400, "0 tokens")}},
	{Name: "classify_broken_text", Needs: REST, Request: post("/v2/models/texts/classify", "bad \xff", "Content-Type", "text/plain"), Want: []Check{refused(400, "UTF-8")}},
	{Name: "classify_long_text", Needs: REST, Request: post("/v2/models/texts/classify", strings.Repeat("bad ", 5), "Content-Type", "text/plain"), Want: []Check{refused(400, "5 tokens")}},
	{Name: "classify_picture_as_text", Needs: REST, Request: post("/v2/models/texts/classify", picture(3, 3), "Content-Type", "image/png"), Want: []Check{refused(415, "text")}},
	{Name: "classification_extension", Request: post(toPictures, pictureRequest(`{"classification":2}`)), Want: []Check{status(200), twoClasses}},
	{Name: "classification_of_none", Request: post(toPictures, pictureRequest(`{"classification":0}`)), Want: []Check{refused(400, "classification")}},
}

const toPictures = "/v2/models/pictures/infer"

func versionAnswer(version, data string) string {
	return fmt.Sprintf(`{"model_name":"versions","model_version":%q,"outputs":[{"name":"output","datatype":"FP32","shape":[1,3],"data":[%s]}]}`, version, data)
}

// picture returns a PNG.
func picture(w, h int) string {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w {
		m.Set(i, i%h, color.RGBA{200, uint8(10 * i), 30, 255})
	}
	var b bytes.Buffer
	png.Encode(&b, m) // to memory: it cannot fail
	return b.String()
}

// pictureRequest asks the model pictures for its output with parameters.
func pictureRequest(parameters string) string {
	return `{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3,1,2],"data":[0.1,0.2,0.3,0.4,0.5,0.6]}],
		"outputs":[{"name":"output","parameters":` + parameters + `}]}`
}

// classes wants so many classes of the model pictures, the most probable first.
func classes(n int) Check {
	return func(r *Response) error {
		if err := status(200)(r); err != nil {
			return err
		}
		var got struct {
			Model   string `json:"model_name"`
			Version string `json:"model_version"`
			Classes []struct {
				Label       string
				Index       int
				Probability float64
			}
		}
		if err := json.Unmarshal(r.Body, &got); err != nil {
			return err
		}
		if got.Model != "pictures" || got.Version != "1" || len(got.Classes) != n {
			return fmt.Errorf("want %d classes of pictures, version 1", n)
		}
		last := 1.0
		for _, c := range got.Classes {
			if c.Index < 0 || c.Index > 2 || c.Label != []string{"cat", "dog", "gannet"}[c.Index] || c.Probability > last || c.Probability < 0 {
				return fmt.Errorf("class %v", c)
			}
			last = c.Probability
		}
		return nil
	}
}

// twoClasses wants the text of the two best classes, "probability:index:label".
func twoClasses(r *Response) error {
	var got struct {
		Outputs []struct {
			Datatype string
			Shape    []int
			Data     []string
		}
	}
	if err := json.Unmarshal(r.Body, &got); err != nil {
		return err
	}
	if len(got.Outputs) != 1 || got.Outputs[0].Datatype != "BYTES" || fmt.Sprint(got.Outputs[0].Shape) != "[1 2]" || len(got.Outputs[0].Data) != 2 {
		return fmt.Errorf("want one output of BYTES, shape [1, 2]")
	}
	last := math.Inf(1)
	for _, text := range got.Outputs[0].Data {
		var p float64
		var index int
		var label string
		if _, err := fmt.Sscanf(text, "%f:%d:%s", &p, &index, &label); err != nil || p > last || index < 0 || index > 2 || label != []string{"cat", "dog", "gannet"}[index] {
			return fmt.Errorf("class %q", text)
		}
		last = p
	}
	return nil
}
