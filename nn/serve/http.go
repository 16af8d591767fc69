package serve

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	stdimage "image"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gannet-ml/gannet/data/image"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// ServeHTTP implements [http.Handler] with the public part of the protocol; see the
// package documentation for its paths.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

// publicExtensions and adminExtensions are what works besides the protocol itself.
var (
	publicExtensions = []string{"binary_tensor_data", "classification", "gannet_classify", "generate"}
	adminExtensions  = []string{"model_repository", "statistics"}
)

// handlePublic adds the public paths.
func (s *Server) handlePublic(mux *http.ServeMux) {
	s.handle(mux, http.MethodGet, "/v2/health/live", open, live)
	s.handle(mux, http.MethodGet, "/v2/health/ready", open, readiness)
	s.handle(mux, http.MethodGet, "/v2", guarded, metadata(publicExtensions))
	s.handle(mux, http.MethodGet, "/v2/{$}", guarded, metadata(publicExtensions))
	for _, model := range []string{"/v2/models/{model}", "/v2/models/{model}/versions/{version}"} {
		s.handle(mux, http.MethodGet, model, guarded, modelMetadata)
		s.handle(mux, http.MethodGet, model+"/ready", open, modelReady)
		s.handle(mux, http.MethodPost, model+"/infer", guarded, infer)
		s.handle(mux, http.MethodPost, model+"/classify", guarded, classify)
		s.handle(mux, http.MethodPost, model+"/generate", guarded, generate)
		s.handle(mux, http.MethodPost, model+"/generate_stream", guarded, generateStream)
	}
	if s.o.Pages == nil {
		s.notFound(mux, "/")
		return
	}
	s.notFound(mux, "/v2/")
	mux.Handle("/", s.o.Pages)
}

// live says that the process works.
func live(x *exchange) error { return x.json(http.StatusOK, map[string]bool{"live": true}) }

// readiness says whether all models can be asked.
func readiness(x *exchange) error {
	ready := x.s.Ready()
	return x.json(readyStatus(ready), map[string]bool{"ready": ready})
}

func readyStatus(ready bool) int {
	if ready {
		return http.StatusOK
	}
	return http.StatusServiceUnavailable
}

// metadata describes the server.
func metadata(extensions []string) handler {
	return func(x *exchange) error {
		return x.json(http.StatusOK, Metadata{x.s.o.Name, x.s.o.Version, extensions})
	}
}

// modelMetadata describes a model.
func modelMetadata(x *exchange) error {
	m, err := x.s.Model(x.r.PathValue("model"), x.r.PathValue("version"))
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, m)
}

// modelReady says whether a model can be asked.
func modelReady(x *exchange) error {
	ready, err := x.s.ModelReady(x.r.PathValue("model"), x.r.PathValue("version"))
	if err != nil {
		return err
	}
	return x.json(readyStatus(ready), struct {
		Name  string `json:"name"`
		Ready bool   `json:"ready"`
	}{x.r.PathValue("model"), ready})
}

// infer answers a request for inference.
func infer(x *exchange) error {
	v, err := x.findFree(x.r.PathValue("model"), x.r.PathValue("version"))
	if err != nil {
		return err
	}
	req, err := x.request(v)
	if err != nil {
		return err
	}
	res, err := x.s.answer(x.r.Context(), v, req)
	if err != nil {
		return err
	}
	return x.respond(req, res)
}

// request reads a request for a version.
func (x *exchange) request(v *version) (req *oip.Request, err error) {
	_, end := x.s.o.Trace(x.r.Context(), "serve.read")
	defer func() { end(err) }()
	if t := x.r.Header.Get("Content-Type"); strings.HasPrefix(t, "image/") {
		return nil, oip.Errorf(http.StatusUnsupportedMediaType, "type", "content type %q: pictures go to …/classify", t)
	}
	header, err := oip.ParseHeader(x.r.Header.Get(oip.Header))
	if err != nil {
		return nil, err
	}
	body, err := x.body()
	if err != nil {
		return nil, err
	}
	return oip.DecodeRequest(body, header, v.inputs, oip.Limits{})
}

// respond writes the answer to a request.
func (x *exchange) respond(req *oip.Request, res *oip.Response) (err error) {
	_, end := x.s.o.Trace(x.r.Context(), "serve.write")
	defer func() { end(err) }()
	for i := range res.Outputs {
		res.Outputs[i].Binary = req.WantsBinary(res.Outputs[i].Name)
	}
	body, header, err := res.Encode(nil)
	if err != nil {
		return err
	}
	contentType := "application/json"
	if header >= 0 {
		contentType = "application/octet-stream"
		x.w.Header().Set(oip.Header, strconv.Itoa(header))
	}
	x.sendPacked(contentType, body)
	return nil
}

// worthPacking is the length from which an answer is compressed, for clients that
// take it so.
const worthPacking = 1 << 10

var packers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	return z
}}

// sendPacked answers with a body, compressed if the client asks for it.
func (x *exchange) sendPacked(contentType string, body []byte) {
	x.w.Header().Add("Vary", "Accept-Encoding")
	if len(body) >= worthPacking && acceptsGzip(x.r.Header.Values("Accept-Encoding")) {
		var packed bytes.Buffer
		z := packers.Get().(*gzip.Writer)
		z.Reset(&packed)
		z.Write(body) // to memory: it cannot fail
		z.Close()
		packers.Put(z)
		x.w.Header().Set("Content-Encoding", "gzip")
		body = packed.Bytes()
	}
	x.send(http.StatusOK, contentType, body)
}

// acceptsGzip reads the header Accept-Encoding.
func acceptsGzip(values []string) bool {
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
			if name = strings.TrimSpace(name); name != "gzip" && name != "*" {
				continue
			}
			weight, ok := strings.CutPrefix(strings.TrimSpace(q), "q=")
			w, err := strconv.ParseFloat(weight, 64)
			return !ok || err == nil && w > 0
		}
	}
	return false
}

// classify answers a picture or a text with the most probable classes.
func classify(x *exchange) error {
	v, err := x.findFree(x.r.PathValue("model"), x.r.PathValue("version"))
	if err != nil {
		return err
	}
	top := 5
	if text := x.r.URL.Query().Get("top"); text != "" {
		if top, err = strconv.Atoi(text); err != nil || top < 1 {
			return oip.Errorf(http.StatusBadRequest, "parameter", "top=%q, want a number of classes from 1 on", text)
		}
	}
	read := x.picture
	if v.encoder != nil {
		read = x.text
	}
	req, err := read(v)
	if err != nil {
		return err
	}
	res, err := x.s.answer(x.r.Context(), v, req)
	if err != nil {
		return err
	}
	y := res.Outputs[0].Data.([]float32)
	return x.json(http.StatusOK, struct {
		Model   string  `json:"model_name"`
		Version string  `json:"model_version"`
		Classes []Class `json:"classes"`
	}{v.model, v.name, best(v.labels, y, top)})
}

// decodedPixel is the memory that a pixel takes while it is decoded, at most: a
// progressive JPEG of four colours keeps a coefficient and a value for each, a picture of
// 16 bits a colour is kept twice where it is interlaced, and then there is the tensor.
const decodedPixel = 4*(4+1) + 3*4

// picture reads a picture as a request for a version.
func (x *exchange) picture(v *version) (req *oip.Request, err error) {
	_, end := x.s.o.Trace(x.r.Context(), "serve.read")
	defer func() { end(err) }()
	in := v.inputs[0]
	if v.batch == nil || len(v.inputs) != 1 || len(in.Shape) != 4 || in.Shape[1] != 1 && in.Shape[1] != 3 || len(v.outputs[0].Shape) != 2 {
		return nil, oip.Errorf(http.StatusNotImplemented, "model", "model %q has input %v and output %v, want pictures and classes", v.model, in.Shape, v.outputs[0].Shape)
	}
	body, err := x.body()
	if err != nil {
		return nil, err
	}
	if c, _, err := stdimage.DecodeConfig(bytes.NewReader(body)); err == nil {
		if pixels := int64(c.Width) * int64(c.Height); pixels > 0 && pixels <= int64(x.s.o.MaxPixels) {
			if err := x.hold(pixels * decodedPixel); err != nil {
				return nil, err
			}
		}
	}
	img, err := image.Decoder{MaxPixels: x.s.o.MaxPixels}.Decode(bytes.NewReader(body))
	if err != nil {
		return nil, oip.Errorf(http.StatusBadRequest, "picture", "%w", err)
	}
	colours := image.ToTensor
	if in.Shape[1] == 1 {
		colours = image.ToGrayTensor
	}
	t := colours(img, 0, 0)
	shape := append(tensor.Shape{1}, t.Shape()...)
	inputs, err := oip.Arrange([]oip.Tensor{{Name: in.Name, Datatype: oip.FP32, Shape: shape, Data: t.Data()}}, v.inputs)
	if err != nil {
		return nil, err
	}
	return &oip.Request{Inputs: inputs}, nil
}

// text reads a text as a request for a version.
func (x *exchange) text(v *version) (req *oip.Request, err error) {
	_, end := x.s.o.Trace(x.r.Context(), "serve.read")
	defer func() { end(err) }()
	if t := x.r.Header.Get("Content-Type"); strings.HasPrefix(t, "image/") {
		return nil, oip.Errorf(http.StatusUnsupportedMediaType, "type", "content type %q, but model %q takes text", t, v.model)
	}
	if out := v.outputs[0].Shape; len(out) != 2 {
		return nil, oip.Errorf(http.StatusNotImplemented, "model", "model %q has output %v, want classes", v.model, out)
	}
	body, err := x.body()
	if err != nil {
		return nil, err
	}
	if err := x.holdTokens(len(body)); err != nil {
		return nil, err
	}
	return v.encode(string(body))
}

// holdTokens counts the tokens of a text of so many bytes and what they are cut from, at
// most one for each byte.
func (x *exchange) holdTokens(bytes int) error {
	const each = 64
	return x.hold(each * int64(bytes))
}

// decode reads a small JSON body strictly; an empty one leaves v as it is.
func (x *exchange) decode(v any) error {
	body, err := x.body()
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return oip.Errorf(http.StatusBadRequest, "json", "body: %w", err)
	}
	return nil
}
