package managedlogin

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/base/fault"
)

var declared = regexp.MustCompile(`(?m)^(?:var )?\s*(Err\w+)\s*= fault\.New`)

// Each error that an engine can give to a page has its place in the tables, or
// a reason why no page sees it.
func TestEveryEngineErrorHasItsPlace(t *testing.T) {
	elsewhere := []string{
		"signin.ErrFlowUnknown", "signin.ErrFlowOff", "signin.ErrParameter", // the API's flows
		"signin.ErrLevelUp",                                // the pages step nobody up who is signed in
		"signin.ErrPasskeyNotFound",                        // the API removes passkeys
		"user.ErrMFA",                                      // preferences are set through the API
		"account.ErrNotResendable",                         // an administrator's invitation
		"account.ErrNotVerifiable", "account.ErrNoContact", // the API's verification of attributes
		"user.ErrFilter", "user.ErrGroupNotFound", "user.ErrGroupExists", // lists and groups
		"user.ErrIdentity", "user.ErrIdentityTaken", "user.ErrTooManyIdentities", "user.ErrTooManyGroups", // links and groups
	}
	tables, err := os.ReadFile("errors.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range []string{"signin", "account", "credential", "user", "passkey"} {
		files, err := filepath.Glob(filepath.Join("..", engine, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files of package %s: %v", engine, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
				name := engine + "." + m[1]
				if !slices.Contains(elsewhere, name) && !strings.Contains(string(tables), "{"+name+",") {
					t.Errorf("%s has no place in the tables of errors.go", name)
				}
			}
		}
	}
}

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
