package accessapi

import (
	"net/http/httptest"
	"testing"

	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
)

func TestAPageThatSaysSignInAgainHasTheButton(t *testing.T) {
	a := &API{teamHost: "team.example.com"}
	for _, err := range []error{authenticate.ErrPersonChanged, authenticate.ErrProviderGone} {
		if link := a.retryOf(httptest.NewRequest("GET", "https://app.example.com/page?a=b", nil), err); link == nil || link.Label != "Sign in again" || link.Href != "/page?a=b" {
			t.Errorf("%v: got %+v, want a button for the same page", err, link)
		}
		if link := a.retryOf(httptest.NewRequest("POST", "https://app.example.com/page", nil), err); link != nil {
			t.Errorf("%v, after a form: got %+v, want no button", err, link)
		}
	}
	if link := a.retryOf(httptest.NewRequest("GET", "https://team.example.com/page", nil), session.ErrTicketInvalid); link != nil {
		t.Errorf("another error: got %+v, want no button", link)
	}
}
