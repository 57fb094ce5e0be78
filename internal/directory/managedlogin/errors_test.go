package managedlogin

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"gatehouse/internal/base/fault"
)

// What nobody placed is our fault, unless its kind says that the request's is;
// what it says, and its cause, are for the log alone.
func TestUnknownErrorTellsNothing(t *testing.T) {
	for kind, status := range map[fault.Kind]int{fault.Internal: 500, fault.Denied: 500, fault.Unavailable: 503, fault.Invalid: 400} {
		rec := httptest.NewRecorder()
		cause := fault.New(kind, "strange", "a secret detail").Because(os.ErrPermission)
		(&Server{}).renderError(rec, httptest.NewRequest("GET", "/login?client_id=a", nil), cause)
		body := rec.Body.String()
		if rec.Code != status || strings.Contains(body, "secret") || strings.Contains(body, "permission") {
			t.Errorf("%v: status %d, want %d without detail:\n%s", kind, rec.Code, status, body)
		}
		if !strings.Contains(body, `href="?client_id=a">Try again</a>`) {
			t.Errorf("%v: the page has no button that tries again:\n%s", kind, body)
		}
	}
}
