package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// Source says where a configuration comes from.
type Source struct {
	// Path names the file. Empty: there is none, and the environment says it
	// all.
	Path string
	// Data is the content of the file. Nil: it is read from Path.
	Data []byte
	// Env is the environment, as os.Environ returns it. Variables that are not
	// named after a key are passed over.
	Env []string
}

// Load reads a configuration, fills in what it leaves out, and validates it. Of
// a configuration that is wrong it returns nothing but the error, a [*Faults]
// with all that is wrong.
func Load(src Source) (*Config, error) {
	c, err := load(src)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// load returns what it made out even of a wrong configuration, so that the files
// that this names can be watched.
func load(src Source) (*Config, error) {
	c := &Config{trail: trail{source: src, places: map[string]place{}, files: map[string]string{}}}
	data, err := c.content(src)
	if err != nil {
		return c, err
	}
	d := &decoder{places: c.trail.places}
	root, faults := parse(data, place{file: src.Path})
	d.faults = append(d.faults, faults...)
	if len(faults) == 0 {
		overlay(root, environment(src.Env), d)
	}
	d.value("", root, reflect.ValueOf(c).Elem(), &field{})
	c.resolve(d)
	c.complete()
	c.warn(d)
	if root.kind == mapNode {
		d.faults = append(d.faults, unspoken(d.faults, c.faults())...)
	}
	return c, asError(inOrder(d.faults))
}

// content returns the text of the file.
func (c *Config) content(src Source) ([]byte, error) {
	if strings.EqualFold(filepath.Ext(src.Path), ".toml") {
		return nil, asError([]Fault{{File: src.Path, Found: "the file", Expected: "YAML or JSON", Hint: "TOML is not read: write the same keys as YAML"}})
	}
	if src.Path == "" {
		return src.Data, nil
	}
	if src.Data != nil {
		c.trail.files[src.Path] = digest(src.Data, nil)
		return src.Data, nil
	}
	data, err := c.readFile(src.Path)
	if err != nil {
		return nil, asError([]Fault{{File: src.Path, Found: "the file cannot be read", Hint: reason(err)}})
	}
	return data, nil
}

// unspoken returns those of faults that are not the mere consequence of others:
// a value that could not be decoded is missing to those who validate.
func unspoken(known, faults []Fault) []Fault {
	return slices.DeleteFunc(faults, func(f Fault) bool {
		return slices.ContainsFunc(known, func(k Fault) bool {
			return k.Path != "" && (within(f.Path, k.Path) || within(k.Path, f.Path))
		})
	})
}

// within reports whether path is around, or lies in it.
func within(path, around string) bool {
	rest, ok := strings.CutPrefix(path, around)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// inOrder sorts faults as a reader of the file meets them. Those of values that
// stand nowhere come first, those of the environment last.
func inOrder(faults []Fault) []Fault {
	slices.SortStableFunc(faults, func(a, b Fault) int {
		if a.Variable != "" || b.Variable != "" {
			return strings.Compare(a.Variable, b.Variable)
		}
		return a.Line - b.Line
	})
	return faults
}

// complete fills in the defaults that depend on other values.
func (c *Config) complete() {
	c.completeProvider()
	c.State.complete()
	if c.Directory != nil {
		c.Directory.complete()
	}
	if c.Access != nil {
		c.Access.complete()
	}
}

// warn collects what was accepted without effect.
func (c *Config) warn(d *decoder) {
	c.Warnings = append(c.Warnings, d.warnings...)
	if len(d.ignored) > 0 {
		slices.Sort(d.ignored)
		c.Warnings = append(c.Warnings, "keys of Pomerium that have no effect here: "+strings.Join(slices.Compact(d.ignored), ", "))
	}
	var unknown []string
	for name := range c.RuntimeFlags {
		if _, ok := runtimeFlags[name]; !ok {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		c.Warnings = append(c.Warnings, "runtime flags that are not known: "+strings.Join(unknown, ", "))
	}
	c.warnPlainHTTP()
}

func (c *Config) warnPlainHTTP() {
	var plain []string
	if u, hint, ok := parseURL(c.IDPProviderURL); ok && hint == "" && u.Scheme == "http" && !isLocal(u.Hostname()) {
		plain = append(plain, "idp_provider_url")
	}
	if d := c.Directory; d != nil && d.URL != nil && d.URL.Scheme == "http" && !isLocal(d.URL.Hostname()) {
		plain = append(plain, "directory.url")
	}
	if len(plain) > 0 {
		c.Warnings = append(c.Warnings, fmt.Sprintf("secrets travel in clear to the plain http of %s", strings.Join(plain, " and ")))
	}
}

func (c *Config) readFile(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	c.trail.files[path] = digest(data, err)
	return data, err
}
