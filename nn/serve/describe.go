package serve

import (
	"net/http"
	"slices"

	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// Metadata is what a server says of itself.
type Metadata struct {
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	Extensions []string `json:"extensions"`
}

// Metadata describes the server to clients.
func (s *Server) Metadata() Metadata {
	return Metadata{s.o.Name, s.o.Version, slices.Clone(publicExtensions)}
}

// ModelMetadata is what a server says of a model.
type ModelMetadata struct {
	Name     string     `json:"name"`
	Versions []string   `json:"versions"`
	Platform string     `json:"platform"`
	Inputs   []oip.Port `json:"inputs"`
	Outputs  []oip.Port `json:"outputs"`
}

// Model describes a version of a model; "" is the one that answers requests which
// name none. An error is an [oip.Error].
func (s *Server) Model(name, number string) (*ModelMetadata, error) {
	v, err := s.acquire(name, number, false)
	if err != nil {
		return nil, err
	}
	defer v.release()
	m := &ModelMetadata{Name: v.model, Versions: []string{}, Platform: "gannet", Inputs: v.inputs, Outputs: v.outputs}
	for _, w := range s.versions() {
		if w.model == v.model {
			m.Versions = append(m.Versions, w.name)
		}
	}
	return m, nil
}

// ModelReady reports whether a version of a model can be asked. An error says that
// there is no such model.
func (s *Server) ModelReady(name, number string) (bool, error) {
	v, err := s.acquire(name, number, false)
	switch {
	case err == nil:
		v.release()
		return true, nil
	case statusOf(err) == http.StatusServiceUnavailable:
		return false, nil
	}
	return false, err
}
