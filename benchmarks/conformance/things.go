package main

import (
	"go/ast"
	"slices"
	"strings"
)

// The kinds of the table, in its order.
const (
	operations   = "operations"
	layers       = "layers"
	losses       = "losses"
	optimizers   = "optimizers"
	schedules    = "schedules"
	metrics      = "metrics"
	transforms   = "transforms"
	dataAndFiles = "data and files"
	models       = "models"
)

var kinds = []string{operations, layers, losses, optimizers, schedules, metrics, transforms, dataAndFiles, models}

// thing is something exported that golden cases are wanted of: under its name, or
// under the names of all that make it.
type thing struct {
	kind, name string
	makers     []string
}

// uncomputed are functions with the signature of an operation that compute
// nothing.
var uncomputed = []string{"grad.Tuple", "grad.Use"}

// things lists what a package exports and must be compared with an independent
// source.
func (p *source) things() []thing {
	var all []thing
	add := func(kind string, names ...string) {
		for _, name := range names {
			all = append(all, thing{kind: kind, name: name})
		}
	}
	addLayers := func() {
		for t := range p.types {
			if _, ok := p.types[t].(*ast.InterfaceType); !ok && p.has(t, "Forward") {
				all = append(all, thing{layers, t, p.makers(t)})
			}
		}
	}
	switch p.path {
	case "tensor/grad":
		add(operations, p.returning("*Var", "[]*Var")...)
	case "conv", "rnn":
		add(operations, p.returning("*grad.Var")...)
		addLayers()
	case "nn":
		addLayers()
		add(losses, p.returning("*grad.Var")...)
		add(losses, p.makers("Loss")...)
	case "optim":
		for t := range p.types {
			if _, ok := p.types[t].(*ast.InterfaceType); !ok && p.has(t, "Step") {
				add(optimizers, p.makers(t)...)
			}
		}
		add(schedules, p.makers("Schedule")...)
	case "nn/metric":
		for t := range p.types {
			if p.has(t, "Value") {
				add(metrics, p.makers(t)...)
			}
		}
	case "data":
		add(transforms, p.makers("Transform")...)
	}
	slices.SortFunc(all, func(a, b thing) int { return strings.Compare(a.name, b.name) })
	return all
}

// returning lists the functions whose only result has one of the types.
func (p *source) returning(types ...string) []string {
	var names []string
	for name, f := range p.functions {
		if len(f.results) == 1 && slices.Contains(types, f.results[0]) && !f.generic && !slices.Contains(uncomputed, p.title(name)) {
			names = append(names, name)
		}
	}
	return names
}

// withoutCase lists the things that no golden case is named after. Names has those
// of the cases of each package.
func withoutCase(packages []*source, names map[string]map[string]bool) []string {
	var missing []string
	for _, p := range packages {
		have := names[p.path]
		for _, t := range p.things() {
			if have[t.name] {
				continue
			}
			if len(t.makers) == 0 || slices.ContainsFunc(t.makers, func(m string) bool { return !have[m] }) {
				missing = append(missing, p.title(t.name))
			}
		}
	}
	return missing
}

// kindOf returns the kind of a case: that of the thing it is named after, else
// that of most of what its package has.
func (p *source) kindOf(k check) string {
	names := strings.Split(k.name, "/")
	names[0] = strings.TrimPrefix(names[0], "Test")
	for _, t := range p.things() {
		for _, n := range names {
			if n == t.name || slices.Contains(t.makers, n) {
				return t.kind
			}
		}
	}
	if p.path == "nn" && k.name == "ReduceOnPlateau" {
		return schedules
	}
	switch p.path {
	case "tensor/grad":
		return operations
	case "conv", "rnn", "nn":
		return layers
	case "optim":
		return optimizers
	case "nn/metric":
		return metrics
	case "tensor", "tensor/safetensors", "data":
		return dataAndFiles
	}
	if strings.HasPrefix(p.path, "data/") {
		return dataAndFiles
	}
	return models
}
