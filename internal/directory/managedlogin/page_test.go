package managedlogin_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/page/pagetest"
	"gatehouse/internal/directory/managedlogin"
)

func TestGolden(t *testing.T) { pagetest.Golden(t, managedlogin.Gallery()) }

func render(t *testing.T, d page.Doc) string {
	t.Helper()
	b, err := page.Render(d)
	if err != nil {
		t.Fatalf("Render: %v", err)
	}
	return string(b)
}

// Programs that sign in without a browser look for these.
func TestClassicForm(t *testing.T) {
	got := render(t, managedlogin.SignIn{Frame: managedlogin.Frame{CSRF: "t0ken"}}.Doc())
	for _, want := range []string{
		`<form method="POST" name="cognitoSignInForm" action="/login">`, `<input type="hidden" name="_csrf" value="t0ken">`,
		`id="signInFormUsername" name="username"`, `id="signInFormPassword" name="password"`,
		`name="cognitoAsfData"`, `name="signInSubmitButton"`,
	} {
		if strings.Count(got, want) != 1 {
			t.Errorf("page holds %s %d times, want once:\n%s", want, strings.Count(got, want), got)
		}
	}
}

// Every form of every page proves where it came from.
func TestEveryFormHasItsToken(t *testing.T) {
	for _, s := range managedlogin.Gallery() {
		body := render(t, s.Doc)
		if forms, tokens := strings.Count(body, "<form"), strings.Count(body, `name="_csrf" value="9f0c`); forms != tokens {
			t.Errorf("%s: %d forms, %d tokens", s.Name, forms, tokens)
		}
	}
}

func TestIdentifierLabel(t *testing.T) {
	tests := []struct {
		id   managedlogin.Identifier
		want string
	}{
		{managedlogin.Identifier{}, "Username"},
		{managedlogin.Identifier{Name: true}, "Username"},
		{managedlogin.Identifier{Email: true}, "E-mail address"},
		{managedlogin.Identifier{Phone: true}, "Phone number"},
		{managedlogin.Identifier{Email: true, Phone: true}, "E-mail address or phone number"},
		{managedlogin.Identifier{Email: true, Name: true}, "Username or e-mail address"},
		{managedlogin.Identifier{Phone: true, Name: true}, "Username or phone number"},
		{managedlogin.Identifier{Email: true, Phone: true, Name: true}, "Username, e-mail address or phone number"},
	}
	for _, tt := range tests {
		if got := tt.id.Label(); got != tt.want {
			t.Errorf("%+v.Label() = %q, want %q", tt.id, got, tt.want)
		}
	}
}

func TestPolicyWords(t *testing.T) {
	tests := []struct {
		policy managedlogin.Policy
		want   []string
	}{
		{managedlogin.Policy{Length: 6}, []string{"At least 6 characters"}},
		{managedlogin.Policy{Length: 8, Lower: true, Upper: true, Digit: true, Symbols: true}, []string{"At least 8 characters", "A lower-case letter", "A capital letter", "A digit", "A symbol, such as ! or %"}},
	}
	for _, tt := range tests {
		if got := tt.policy.Words(); !slices.Equal(got, tt.want) {
			t.Errorf("%+v.Words() = %q, want %q", tt.policy, got, tt.want)
		}
	}
}

// What a person typed, or an application sent, stays text.
func TestPagesEscape(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	f := managedlogin.Frame{Brand: evil, Query: evil, CSRF: evil, Lang: evil, Unvouched: &managedlogin.Unvouched{App: evil, Leads: evil}}
	docs := []page.Doc{
		managedlogin.SignIn{Frame: f, App: evil, Username: evil, Forgot: true, SignUp: true, Problem: evil, Notice: evil}.Doc(),
		managedlogin.SignedIn{Frame: f, App: evil, User: evil}.Doc(),
		managedlogin.NewPassword{Frame: f, User: evil, Session: evil, Attributes: []managedlogin.Attribute{{Name: evil, Value: evil, Error: evil}}}.Doc(),
		managedlogin.Confirm{Frame: f, Username: evil, Destination: evil}.Doc(),
		managedlogin.Failure{Frame: f, Title: evil, Text: evil, Code: evil, RequestID: evil, Retry: &page.Link{Label: evil, Href: "javascript:alert(1)"}}.Doc(),
	}
	for _, d := range docs {
		got := render(t, d)
		if strings.Contains(got, "<script") || strings.Contains(got, `href="javascript`) {
			t.Errorf("page %q holds what was typed:\n%s", d.Title, got)
		}
	}
}
