package settings_test

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// options is the configuration of an imaginary program.
type options struct {
	Address  string            `key:"address" default:":8080"`
	Level    string            `key:"level" default:"info" enum:"debug,info,warn" prefix:"level_" alias:"warning=warn"`
	Verbose  bool              `key:"verbose"`
	Port     int               `key:"port"`
	Timeout  time.Duration     `key:"timeout" default:"30s"`
	Grace    *time.Duration    `key:"grace"`
	Home     *url.URL          `key:"home" bare:"https"`
	Secret   seal.Secret       `key:"secret"`
	Names    []string          `key:"names" default:"a,b"`
	Labels   map[string]string `key:"labels"`
	Free     any               `key:"free"`
	Mail     *mail             `key:"mail"`
	Routes   []route           `key:"routes" env:"base64"`
	Internal string
	embedded
}

type mail struct {
	Host string `key:"host"`
	Port int    `key:"port" default:"587"`
}

type embedded struct {
	Inner string `key:"inner"`
}

type route struct {
	From string `key:"from"`
	To   pair   `key:"to"`
	At   string
}

func (r *route) SetPlace(path string, at settings.Place) { r.At = path + " " + at.String() }

// pair is written as "a/b", or as a list of two texts.
type pair struct{ A, B string }

func (p *pair) DecodeSetting(d *settings.Document, path string, n *settings.Node) {
	if n.Kind == settings.Scalar {
		p.A, p.B, _ = strings.Cut(n.Text, "/")
		return
	}
	var parts []string
	d.Each(path, n, func(at string, item *settings.Node) {
		var part string
		d.Value(at, item, &part)
		parts = append(parts, part)
	})
	if len(parts) != 2 {
		d.Fail(path, n.Place, n.Kind.Noun(), "a pair", "")
		return
	}
	p.A, p.B = parts[0], parts[1]
}

func open(text string, env ...string) *settings.Document {
	return settings.Open(settings.Source{Path: "app.yaml", Data: []byte(text), Env: env})
}

// read reads options from a text and an environment. Neither may have faults.
func read(t *testing.T, text string, env ...string) options {
	t.Helper()
	o, err := decode(open(text, env...))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func decode(d *settings.Document) (options, error) {
	var o options
	d.Overlay(&o)
	d.Decode(&o)
	return o, d.Err()
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestDefaults(t *testing.T) {
	for _, text := range []string{"", "# a comment\n", "{}", "address: null\n"} {
		o := read(t, text)
		equal(t, "address of "+text, o.Address, ":8080")
		equal(t, "timeout of "+text, o.Timeout, 30*time.Second)
		equal(t, "names of "+text, o.Names, []string{"a", "b"})
		if o.Mail != nil || o.Home != nil || o.Grace != nil {
			t.Errorf("%q: got mail %v, home %v and grace %v, want nil", text, o.Mail, o.Home, o.Grace)
		}
	}
}

func TestEveryTypeIsDecoded(t *testing.T) {
	o := read(t, `
address: ":1"
LEVEL: Level_Debug
verbose: TRUE
port: 7
timeout: 1m30s
grace: 0s
home: example.com
secret: s3cret
names: [x, "y,z"]
labels: {A: "1"}
free: [1, 2.5, true, {k: v}, null]
mail: {host: mail.example.com}
inner: deep
routes:
  - {from: a, to: b/c}
  - from: d
    to: [e, f]
`)
	equal(t, "address", o.Address, ":1")
	equal(t, "level", o.Level, "debug")
	equal(t, "verbose", o.Verbose, true)
	equal(t, "port", o.Port, 7)
	equal(t, "timeout", o.Timeout, 90*time.Second)
	equal(t, "grace", *o.Grace, 0)
	equal(t, "home", o.Home.String(), "https://example.com")
	equal(t, "secret", o.Secret.Reveal(), "s3cret")
	equal(t, "names", o.Names, []string{"x", "y,z"})
	equal(t, "labels", o.Labels, map[string]string{"A": "1"})
	equal(t, "free", o.Free, any([]any{int64(1), 2.5, true, map[string]any{"k": "v"}, nil}))
	equal(t, "mail", *o.Mail, mail{Host: "mail.example.com", Port: 587})
	equal(t, "inner", o.Inner, "deep")
	equal(t, "routes", o.Routes, []route{
		{From: "a", To: pair{"b", "c"}, At: "routes[0] app.yaml:16"},
		{From: "d", To: pair{"e", "f"}, At: "routes[1] app.yaml:17"},
	})
}

// The configuration library of Pomerium reads these so.
func TestCollectionsInAnotherForm(t *testing.T) {
	o := read(t, "routes: {from: a, to: b/c}\nlabels: [{A: x, B: y}, B: z]\n")
	equal(t, "routes", o.Routes, []route{{From: "a", To: pair{"b", "c"}, At: "routes[0] app.yaml:1"}})
	equal(t, "labels", o.Labels, map[string]string{"A": "x", "B": "z"})
	equal(t, "an empty list", read(t, "labels: []\n").Labels, map[string]string{})
}

func TestYAMLAlias(t *testing.T) {
	equal(t, "level", read(t, "level: Warning\n").Level, "warn")
}

func TestFaults(t *testing.T) {
	tests := []struct{ text, want string }{
		{"adress: x\n", `adress: unknown key (app.yaml:1); did you mean "address"?`},
		{"level: inf\n", `level: "inf" is not one of debug, info, warn (app.yaml:1); did you mean "info"?`},
		{"port: many\n", `port: "many" is not a whole number (app.yaml:1)`},
		{"verbose: perhaps\n", `verbose: "perhaps" is not true or false (app.yaml:1)`},
		{"timeout: 3d\n", `timeout: "3d" is not a duration such as "30s" (app.yaml:1); did you mean "72h"?`},
		{"timeout: 30\n", `timeout: "30" is not a duration such as "30s" (app.yaml:1); did you mean "30s"?`},
		{"timeout: -1s\n", `timeout: "-1s" is not a duration of 0 or more (app.yaml:1)`},
		{"home: http//ann:s3cret@example.com/\n", `home: "http//[redacted]@example.com/" is not a URL (app.yaml:1); did you mean "http://[redacted]@example.com/"?`},
		{"address: [x]\n", `address: a list is not a single value (app.yaml:1)`},
		{"mail: x\n", `mail: a single value is not a map of keys (app.yaml:1)`},
		{"labels: [x]\n", `labels: a list is not a map (app.yaml:1)`},
		{"names: {a: b}\n", `names: a map is not a list (app.yaml:1)`},
		{"routes:\n  - to: {a: b}\n", `routes[0].to: a map is not a pair (app.yaml:2)`},
		{"port: x\naddress: {}\n", "port: \"x\" is not a whole number (app.yaml:1)\naddress: a map is not a single value (app.yaml:2)"},
	}
	for _, tt := range tests {
		_, err := decode(open(tt.text))
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q:\n got %v\nwant %s", tt.text, err, tt.want)
		}
	}
}

func TestFaultyValueKeepsItsDefault(t *testing.T) {
	o, err := decode(open("timeout: soon\nport: 7\n"))
	if err == nil {
		t.Error("got no error")
	}
	equal(t, "timeout", o.Timeout, 30*time.Second)
	equal(t, "port", o.Port, 7)
}

func TestProgramMayHandleUnknownKeys(t *testing.T) {
	d := open("old: 1\nroutes: [{older: 2}]\nzzzzzz: 3\n")
	var asked []string
	d.Unknown = func(k settings.UnknownKey) bool {
		asked = append(asked, k.Path+" in "+k.In.Name())
		return strings.HasPrefix(k.Key, "old")
	}
	_, err := decode(d)
	equal(t, "asked", asked, []string{"old in options", "routes[0].older in route", "zzzzzz in options"})
	if err == nil || err.Error() != "zzzzzz: unknown key (app.yaml:3)" {
		t.Errorf("got %v, want the one unknown key", err)
	}
}

func TestAddDropsConsequencesOfAFault(t *testing.T) {
	d := open("mail: {port: x}\naddress: y\n")
	_, _ = decode(d)
	trail := d.Trail()
	d.Add([]settings.Fault{
		trail.Fault("mail.port", "missing", "", ""),
		trail.Fault("mail", "missing", "", ""),
		trail.Fault("mailbox", "missing", "", ""),
		trail.Fault("address", `"y"`, "an address", ""),
	})
	want := "mailbox: missing (app.yaml)\nmail.port: \"x\" is not a whole number (app.yaml:1)\naddress: \"y\" is not an address (app.yaml:2)"
	equal(t, "faults", d.Err().Error(), want)
}

func TestFaultHasThePlaceOfTheNearestValue(t *testing.T) {
	d := open("free:\n  - a:\n      b: 1\n")
	_, _ = decode(d)
	trail := d.Trail()
	equal(t, "paths", slices.Sorted(trail.Paths()), []string{"free", "free[0]", "free[0].a", "free[0].a.b"})
	for path, want := range map[string]string{
		"free[0].a.b": "app.yaml:3", "free[0].a.c": "app.yaml:2", "free[7]": "app.yaml:1", "other": "app.yaml",
	} {
		equal(t, path, trail.Fault(path, "x", "", "").Place.String(), want)
	}
}

func TestReadText(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := open("address: x\n")
	_, _ = decode(d)
	equal(t, "the file", d.ReadText("address", file), "text")
	equal(t, "no file", d.ReadText("address", ""), "")
	equal(t, "a missing file", d.ReadText("address", file+"2"), "")
	d.FailOnce("address", "something else", "", "")
	equal(t, "faults", d.Err().Error(), `address: "`+file+`2" is not a file that can be read (app.yaml:1); there is no such file`)
	trail := d.Trail()
	equal(t, "the digest of the file", trail.Files()[file], settings.Digest(file))
	equal(t, "the digest of the missing file", trail.Files()[file+"2"], settings.Digest(file+"2"))
}

func TestFilesThatCannotBeRead(t *testing.T) {
	for path, want := range map[string]string{
		"testdata/none.yaml": "the file cannot be read (testdata/none.yaml); there is no such file",
		"none.TOML":          "the file cannot be read (none.TOML); there is no such file",
	} {
		_, err := decode(settings.Open(settings.Source{Path: path}))
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		if got := len(settings.FaultsOf(err)); got != 1 {
			t.Errorf("got %d faults, want 1", got)
		}
	}
}

func TestWrongDefaultPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("got no panic")
		}
	}()
	var o struct {
		Port int `key:"port" default:"many"`
	}
	open("{}").Decode(&o)
}

// What a default is read to is kept for the next struct of its type. Nobody who changes
// one of them changes another.
func TestEachStructHasItsOwnDefaults(t *testing.T) {
	type item struct {
		Count *int     `key:"count" default:"3"`
		Names []string `key:"names" default:"a,b"`
		On    bool     `key:"on" default:"true"`
	}
	var got struct {
		Items []item `key:"items"`
	}
	doc := settings.Open(settings.Source{Data: []byte("items: [{on: false}, {count: 4}, {}]")})
	doc.Decode(&got)
	if err := doc.Err(); err != nil {
		t.Fatal(err)
	}
	*got.Items[0].Count, got.Items[0].Names[0] = 9, "changed"
	var on []bool
	var counts []int
	var names [][]string
	for _, i := range got.Items {
		on, counts, names = append(on, i.On), append(counts, *i.Count), append(names, i.Names)
	}
	equal(t, "on", on, []bool{false, true, true})
	equal(t, "counts", counts, []int{9, 4, 3})
	equal(t, "names", names, [][]string{{"changed", "b"}, {"a", "b"}, {"a", "b"}})
}
