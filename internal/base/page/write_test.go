package page

import (
	"errors"
	"html/template"
	"net/http"
	"net/http/httptest"
	"testing"
)

// broken is a block whose template fails.
type broken struct{}

func (broken) html(*template.Template) (template.HTML, error) { return "", errors.New("broken") }

func TestWriteWritesNothingOnError(t *testing.T) {
	rec := httptest.NewRecorder()
	err := Write(rec, http.StatusOK, Doc{Title: "x", Body: Blocks{Text("before"), broken{}}})
	if err == nil || rec.Body.Len() > 0 || len(rec.Header()) > 0 {
		t.Errorf("Write = %v with %d bytes and headers %v, want an error and nothing written", err, rec.Body.Len(), rec.Header())
	}
}
