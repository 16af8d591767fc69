package suite

import (
	"context"

	"github.com/gannet-ml/gannet/nn/serve"
)

const (
	livePath  = "/v2/health/live"
	readyPath = "/v2/health/ready"
)

// server is what the server says of itself; all of its extensions are tried by cases:
// binary_tensor_data in the group binary, generate in one of that name, the others in
// model.
const server = `{"name":"suite","version":"1.2.3","extensions":["binary_tensor_data","classification","gannet_classify","generate"]}`

var health = []Case{
	{Name: "live", Request: get(livePath), Want: []Check{answers(`{"live":true}`)}},
	{Name: "ready", Request: get(readyPath), Want: []Check{answers(`{"ready":true}`)}},
	{Name: "ready_when_all_models_are", Own: func(*serve.Options) {}, Run: someNotReady},
	{Name: "not_ready_while_draining", Own: func(*serve.Options) {}, Run: draining},
	{Name: "head", Needs: REST, Request: Request{Method: "HEAD", Path: livePath}, Want: []Check{status(405), header("Allow", "GET")}},
	{Name: "post_live", Needs: REST, Request: post(livePath, ""), Want: []Check{refused(405, "POST", "GET"), header("Allow", "GET")}},
	{Name: "put_ready", Needs: REST, Request: Request{Method: "PUT", Path: readyPath}, Want: []Check{refused(405), header("Allow", "GET")}},
	{Name: "delete_model", Needs: REST, Request: Request{Method: "DELETE", Path: "/v2/models/double"}, Want: []Check{refused(405), header("Allow", "GET")}},
	{Name: "get_infer", Needs: REST, Request: get(toDouble), Want: []Check{refused(405), header("Allow", "POST")}},
	{Name: "metadata", Request: get("/v2"), Want: []Check{answers(server)}},
	{Name: "metadata_with_slash", Needs: REST, Request: get("/v2/"), Want: []Check{answers(server)}},
	{Name: "no_such_path", Needs: REST, Request: get("/v3"), Want: []Check{refused(404, "/v3")}},
	{Name: "administration_is_elsewhere", Needs: REST, Request: post("/v2/repository/index", "{}"), Want: []Check{refused(404)}},
	{Name: "request_id", Needs: REST, Request: Request{Method: "GET", Path: livePath, Header: map[string]string{"X-Request-Id": "a-1"}}, Want: []Check{status(200), header("X-Request-Id", "a-1")}},
}

// someNotReady: a model without a version that can be asked makes the server not
// ready, but the others answer.
func someNotReady(ctx context.Context, s *Server, _ Kind, c Client) error {
	if err := s.Route("versions", serve.Policy{Pin: "3"}); err != nil {
		return err
	}
	for _, step := range []struct {
		r    Request
		want Check
	}{
		{get(readyPath), said(503, `{"ready":false}`)},
		{get("/v2/models/versions/ready"), said(503, `{"name":"versions","ready":false}`)},
		{get("/v2/models/versions/versions/2/ready"), answers(`{"name":"versions","ready":true}`)},
		{post("/v2/models/versions/infer", string(good.Body)), refused(503, "versions")},
		{get(livePath), status(200)},
		{good, goodAnswer},
	} {
		if err := ask(ctx, c, step.r, step.want); err != nil {
			return err
		}
	}
	if err := s.Route("versions", serve.Policy{}); err != nil {
		return err
	}
	return ask(ctx, c, get(readyPath), answers(`{"ready":true}`))
}

// draining: a server that is about to stop is not ready, but lives and answers.
func draining(ctx context.Context, s *Server, _ Kind, c Client) error {
	s.Drain()
	if err := ask(ctx, c, get(readyPath), said(503, `{"ready":false}`)); err != nil {
		return err
	}
	return ask(ctx, c, get(livePath), answers(`{"live":true}`))
}
