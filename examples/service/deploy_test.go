package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"
)

// documents reads a file of YAML as JSON would give it.
func documents(t *testing.T, path string) []map[string]any {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []map[string]any
	for d := yaml.NewDecoder(f); ; {
		var doc map[string]any
		if err := d.Decode(&doc); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		list = append(list, doc)
	}
}

// at walks down a document.
func at(v any, path ...string) any {
	for _, p := range path {
		m, _ := v.(map[string]any)
		v = m[p]
	}
	return v
}

// fits lists what of a value a schema of Kubernetes (openAPIV3Schema) does not
// allow. Kubernetes drops fields that a schema does not know; here they are mistakes.
func fits(v any, schema map[string]any, path string) (wrong []string) {
	bad := func(format string, args ...any) { wrong = append(wrong, path+": "+fmt.Sprintf(format, args...)) }
	if schema["x-kubernetes-int-or-string"] == true {
		switch v.(type) {
		case int, string:
		default:
			bad("%v, want a number or text", v)
		}
		return wrong
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, v) {
		bad("%v, want one of %v", v, enum)
	}
	ok := true
	switch want := schema["type"]; want {
	case "object":
		var m map[string]any
		if m, ok = v.(map[string]any); !ok {
			break
		}
		properties, _ := schema["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if s, ok := properties[name].(map[string]any); ok {
				wrong = append(wrong, fits(m[name], s, path+"."+name)...)
			} else if s, ok := schema["additionalProperties"].(map[string]any); ok {
				wrong = append(wrong, fits(m[name], s, path+"."+name)...)
			} else if schema["x-kubernetes-preserve-unknown-fields"] != true && properties != nil {
				bad("unknown field %q", name)
			}
		}
		required, _ := schema["required"].([]any)
		for _, r := range required {
			if _, ok := m[r.(string)]; !ok {
				bad("no field %q", r)
			}
		}
	case "array":
		var list []any
		if list, ok = v.([]any); !ok {
			break
		}
		for i, e := range list {
			wrong = append(wrong, fits(e, schema["items"].(map[string]any), fmt.Sprintf("%s[%d]", path, i))...)
		}
	case "string":
		var s string
		if s, ok = v.(string); ok && schema["pattern"] != nil && !regexp.MustCompile(schema["pattern"].(string)).MatchString(s) {
			bad("%q, want it to match %s", s, schema["pattern"])
		}
	case "integer":
		_, ok = v.(int)
	case "boolean":
		_, ok = v.(bool)
	}
	if !ok {
		bad("%v, want %s", v, schema["type"])
	}
	return wrong
}

// schema reads a published definition of a kind.
func schema(t *testing.T, name, version string) map[string]any {
	t.Helper()
	shared := os.Getenv("GANNET_SHARED")
	if shared == "" {
		t.Skip("GANNET_SHARED, the folder with KServe's definitions, is not set")
	}
	crd := documents(t, filepath.Join(shared, "fixtures/oip/crd/serving.kserve.io_"+name+".yaml"))[0]
	for _, v := range at(crd, "spec", "versions").([]any) {
		if at(v, "name") == version {
			return at(v, "schema", "openAPIV3Schema").(map[string]any)
		}
	}
	t.Fatalf("%s has no version %s", name, version)
	return nil
}

// TestKServe checks the manifests against KServe's own schemas, and the schemas'
// check against mistakes.
func TestKServe(t *testing.T) {
	docs := documents(t, "deploy/kserve.yaml")
	if len(docs) != 3 || docs[2]["kind"] != "NetworkPolicy" {
		t.Fatalf("%d documents, want a runtime, a service and a NetworkPolicy", len(docs))
	}
	runtime, service := docs[0], docs[1]
	if wrong := fits(runtime, schema(t, "servingruntimes", "v1alpha1"), "runtime"); wrong != nil {
		t.Error(strings.Join(wrong, "\n"))
	}
	inference := schema(t, "inferenceservices", "v1beta1")
	if wrong := fits(service, inference, "service"); wrong != nil {
		t.Error(strings.Join(wrong, "\n"))
	}
	model := at(service, "spec", "predictor", "model").(map[string]any)
	model["storageURI"], model["protocolVersion"] = "x", 2
	if wrong := fits(service, inference, "service"); len(wrong) != 2 {
		t.Errorf("two mistakes give %q", wrong)
	}
	// The pods of the plain Deployment are pods as any.
	pod := at(documents(t, "deploy/kubernetes.yaml")[0], "spec", "template", "spec")
	if wrong := fits(pod, at(inference, "properties", "spec", "properties", "predictor").(map[string]any), "pod"); wrong != nil {
		t.Error(strings.Join(wrong, "\n"))
	}
}

// TestManifests run the program as it can be run, without rights that it does not
// need.
func TestManifests(t *testing.T) {
	kubernetes := documents(t, "deploy/kubernetes.yaml")
	var kinds []string
	for _, d := range kubernetes {
		kinds = append(kinds, fmt.Sprint(d["apiVersion"], " ", d["kind"]))
	}
	if got, want := strings.Join(kinds, ", "), "apps/v1 Deployment, v1 Service, autoscaling/v2 HorizontalPodAutoscaler, networking.k8s.io/v1 NetworkPolicy"; got != want {
		t.Errorf("the kinds are %s, want %s", got, want)
	}
	labels := at(kubernetes[0], "spec", "template", "metadata", "labels")
	for _, selector := range []any{at(kubernetes[0], "spec", "selector", "matchLabels"), at(kubernetes[1], "spec", "selector"), at(kubernetes[3], "spec", "podSelector", "matchLabels")} {
		if fmt.Sprint(selector) != fmt.Sprint(labels) {
			t.Errorf("a selector is %v, the labels are %v", selector, labels)
		}
	}
	for name, spec := range map[string]any{
		"kubernetes": at(kubernetes[0], "spec", "template", "spec"), "kserve": at(documents(t, "deploy/kserve.yaml")[0], "spec"),
	} {
		container := at(spec, "containers").([]any)[0]
		var args []string
		for _, a := range at(container, "args").([]any) {
			args = append(args, strings.ReplaceAll(a.(string), "{{.Name}}", "digits"))
		}
		c, err := parse(args)
		if err != nil || c.model != "/mnt/models" || c.addr != ":8080" || c.admin != ":8081" || !c.noPage {
			t.Errorf("%s: the arguments %v mean %+v, %v", name, args, c, err)
		}
		for _, f := range []string{"readOnlyRootFilesystem", "allowPrivilegeEscalation"} {
			if at(container, "securityContext", f) != (f == "readOnlyRootFilesystem") {
				t.Errorf("%s: %s is %v", name, f, at(container, "securityContext", f))
			}
		}
	}
	docker, err := os.ReadFile("deploy/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	_, command, _ := strings.Cut(string(docker), "\nCMD ")
	var args []string
	if err := json.Unmarshal([]byte(command), &args); err != nil {
		t.Fatal(err)
	}
	if _, err := parse(args); err != nil {
		t.Errorf("Dockerfile: %v: %v", args, err)
	}
}

// metricNames returns the names of what the server exports.
func metricNames(s *service) map[string]bool {
	descs := make(chan *prometheus.Desc)
	go func() {
		s.live.registry.Describe(descs)
		close(descs)
	}()
	names := map[string]bool{}
	for d := range descs {
		_, rest, _ := strings.Cut(d.String(), `fqName: "`)
		name, _, _ := strings.Cut(rest, `"`)
		names[name] = true
	}
	return names
}

// TestMonitoring uses metrics that there are.
func TestMonitoring(t *testing.T) {
	s, _ := start(t, "-model", embedded)
	names := metricNames(s)
	word := regexp.MustCompile(`\bgannet_[a-z_]+`)
	used := map[string]bool{}
	for _, file := range []string{"deploy/alerts.yml", "deploy/dashboard.json", "deploy/kubernetes.yaml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range word.FindAllString(string(text), -1) {
			for _, part := range []string{"_bucket", "_sum", "_count"} {
				name = strings.TrimSuffix(name, part)
			}
			used[name] = true
			if !names[name] {
				t.Errorf("%s: the server has no metric %s", file, name)
			}
		}
	}
	if len(used) < 8 {
		t.Errorf("only %d metrics are used", len(used))
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	text, err := os.ReadFile("deploy/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &board); err != nil || len(board.Panels) == 0 {
		t.Fatalf("dashboard: %d panels, %v", len(board.Panels), err)
	}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			if strings.Count(target.Expr, "(") != strings.Count(target.Expr, ")") || target.Expr == "" {
				t.Errorf("panel %q: expression %q", p.Title, target.Expr)
			}
		}
	}
}

// TestPromtool lets Prometheus read the rules, the expressions of the dashboard and
// the metrics.
func TestPromtool(t *testing.T) {
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("there is no promtool; rules and metrics are not checked by Prometheus itself (Debian: apt-get install prometheus)")
	}
	s, _ := start(t, "-model", embedded)
	pictures, err := examples()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := send(t.Context(), "POST", s.url("/v2/models/embedded/classify"), pictures[0]); err != nil {
		t.Fatal(err)
	}
	metrics, err := send(t.Context(), "GET", "http://"+s.admin.Addr().String()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	check := func(in []byte, args ...string) {
		cmd := exec.Command(tool, args...)
		cmd.Stdin = bytes.NewReader(in)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
	check(metrics, "check", "metrics")
	check(nil, "check", "config", "deploy/prometheus.yml")
	check(nil, "check", "rules", "deploy/alerts.yml")
	check(nil, "check", "rules", dashboardRules(t))
}

// dashboardRules writes the expressions of the dashboard as rules.
func dashboardRules(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("deploy/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	rules := []map[string]string{}
	for i, m := range regexp.MustCompile(`"expr": (".*")`).FindAllSubmatch(text, -1) {
		var expr string
		if err := json.Unmarshal(m[1], &expr); err != nil {
			t.Fatal(err)
		}
		rules = append(rules, map[string]string{"record": fmt.Sprintf("panel:%d", i), "expr": strings.ReplaceAll(expr, "$__rate_interval", "1m")})
	}
	out, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "dashboard.yml")
	if err := os.WriteFile(path, out, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
