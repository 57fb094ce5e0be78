package cognitoapi

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestWire sends the requests in testdata/wire and compares the responses, byte by
// byte except for the request id.
func TestWire(t *testing.T) {
	place(t)
	files, err := filepath.Glob("testdata/wire/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { playFile(t, file) })
	}
}

// playFile plays the pairs of request and response in one file.
func playFile(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var played []txtar.File
	for i := 0; i < len(archive.Files); i++ {
		if !strings.HasPrefix(archive.Files[i].Name, "request") {
			continue
		}
		request := archive.Files[i]
		answer := txtar.File{Name: strings.Replace(request.Name, "request", "answer", 1), Data: play(t, request.Data)}
		played = append(played, request, answer)
		if *update {
			continue
		}
		if i+1 == len(archive.Files) || archive.Files[i+1].Name != answer.Name {
			t.Fatalf("%s has no answer; run with -update", request.Name)
		}
		if want := archive.Files[i+1].Data; !bytes.Equal(answer.Data, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", request.Name, answer.Data, want)
		}
	}
	if *update {
		text := txtar.Format(&txtar.Archive{Comment: archive.Comment, Files: played})
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// play sends one request, "METHOD", header lines, an empty line and the body,
// and prints the answer.
func play(t *testing.T, text []byte) []byte {
	t.Helper()
	head, body, _ := strings.Cut(string(text), "\n\n")
	raw := strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n"
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(strings.NewReader(strings.TrimSuffix(body, "\n")))
	w := httptest.NewRecorder()
	newServer().ServeHTTP(w, r)
	var out bytes.Buffer
	fmt.Fprintf(&out, "%d\n", w.Code)
	for _, name := range slices.Sorted(maps.Keys(w.Header())) {
		fmt.Fprintf(&out, "%s: %s\n", name, strings.Join(w.Header()[name], ", "))
	}
	fmt.Fprintf(&out, "\n%s\n", w.Body)
	return bytes.ReplaceAll(out.Bytes(), []byte(w.Header().Get("x-amzn-RequestId")), []byte("<id>"))
}
