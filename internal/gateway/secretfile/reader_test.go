package secretfile

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
)

// world is a folder of credentials, with a clock.
type world struct {
	t    *testing.T
	dir  string
	now  time.Time
	logs bytes.Buffer
}

func newWorld(t *testing.T) *world {
	return &world{t: t, dir: t.TempDir(), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
}

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) remove(name string) {
	w.t.Helper()
	if err := os.Remove(filepath.Join(w.dir, name)); err != nil {
		w.t.Fatal(err)
	}
}

// binding is one to a file of the world, with a field if there is a "#".
func (w *world) binding(name, file string, grace time.Duration) Binding {
	path, field, found := strings.Cut(file, "#")
	b := Binding{Name: name, Path: filepath.Join(w.dir, path), Grace: grace}
	if found {
		b.Field = strings.Split(field, ".")
	}
	return b
}

func (w *world) reader(earlier *Reader, bindings ...Binding) *Reader {
	return New(Config{Bindings: bindings, Now: func() time.Time { return w.now }, Log: slog.New(slog.NewTextHandler(&w.logs, nil))}, earlier)
}

// want checks the value of a binding; "" is none.
func (w *world) want(r *Reader, name, want string) {
	w.t.Helper()
	got, found := r.Values()[name]
	if got != seal.Secret(want) || found != (want != "") {
		w.t.Errorf("%s: got %q (%t), want %q", name, got.Reveal(), found, want)
	}
}

func TestWhatAFileStandsFor(t *testing.T) {
	const document = `{"data": {"token": "s3cr3t", "n": 1.50, "yes": true, "null": null, "list": ["a"], "empty": "", "a.b": "x"}, "lines": "a\nb"}`
	tests := []struct{ name, file, field, want string }{
		{"a word", "s3cr3t", "", "s3cr3t"},
		{"with a line break", "s3cr3t\n", "", "s3cr3t"},
		{"with that of Windows", "s3cr3t\r\n", "", "s3cr3t"},
		{"with two", "s3cr3t\n\n", "", ""},
		{"with a carriage return alone", "s3cr3t\r", "", ""},
		{"with spaces", " s3cr3t ", "", " s3cr3t "},
		{"two lines", "a\nb", "", ""},
		{"a zero byte", "a\x00b", "", ""},
		{"nothing", "", "", ""},
		{"a line break", "\n", "", ""},
		{"too much", strings.Repeat("x", maxFile+1), "", ""},
		{"a text in JSON", document, "data.token", "s3cr3t"},
		{"a number", document, "data.n", "1.50"},
		{"a boolean", document, "data.yes", "true"},
		{"null", document, "data.null", ""},
		{"a list", document, "data.list", ""},
		{"an object", document, "data", ""},
		{"an empty text", document, "data.empty", ""},
		{"a text of two lines", document, "lines", ""},
		{"what is not there", document, "data.none", ""},
		{"below a text", document, "data.token.x", ""},
		{"no JSON", "s3cr3t", "data.token", ""},
		{"more than one document", `{"a": "b"} {}`, "a", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.write("file", test.file)
			file := "file"
			if test.field != "" {
				file += "#" + test.field
			}
			w.want(w.reader(nil, w.binding("it", file, time.Hour)), "it", test.want)
			if logged := w.logs.String(); strings.Contains(logged, "s3cr3t") || (test.want == "") != strings.Contains(logged, "level=ERROR") {
				t.Errorf("got the log %q", logged)
			}
		})
	}
}

func TestWhatIsNoFile(t *testing.T) {
	w := newWorld(t)
	if err := syscall.Mkfifo(filepath.Join(w.dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := w.reader(nil, w.binding("pipe", "pipe", 0), w.binding("folder", ".", 0), w.binding("missing", "none", 0))
	for _, name := range []string{"pipe", "folder", "missing"} {
		w.want(r, name, "")
	}
}

func TestAFileThatChanges(t *testing.T) {
	w := newWorld(t)
	w.write("a", "one\n")
	r := w.reader(nil, w.binding("a", "a", 10*time.Minute))
	w.want(r, "a", "one")

	w.write("a", "two\n")
	w.want(r, "a", "one") // no request looks
	r.Look()
	w.want(r, "a", "two")

	w.remove("a")
	for range 3 {
		w.now = w.now.Add(3 * time.Minute)
		r.Look()
		w.want(r, "a", "two") // within the grace
	}
	w.now = w.now.Add(2 * time.Minute)
	r.Look()
	w.want(r, "a", "")

	w.write("a", "three")
	r.Look()
	w.want(r, "a", "three")

	got := strings.Count(w.logs.String(), "\n")
	if logged := w.logs.String(); got != 3 || !strings.Contains(logged, "the last one is sent") || !strings.Contains(logged, "are refused") || !strings.Contains(logged, "can be read again") {
		t.Errorf("got the log %q, want a line for each change", logged)
	}
}

// A configuration that is loaded again keeps the value of a file that is away just then,
// with the grace of the new binding, under whatever name it has now.
func TestANewConfigurationKeepsWhatIsKnown(t *testing.T) {
	w := newWorld(t)
	w.write("a", `{"x": "one", "y": "other"}`)
	before := w.reader(nil, w.binding("a", "a#x", time.Minute))
	w.remove("a")
	r := w.reader(before, w.binding("b", "a#x", time.Hour), w.binding("a", "a#y", time.Hour))
	w.want(r, "b", "one")
	w.want(r, "a", "")
	w.now = w.now.Add(30 * time.Minute)
	r.Look()
	w.want(r, "b", "one")
	w.now = w.now.Add(31 * time.Minute)
	r.Look()
	w.want(r, "b", "")
}
