package accessapi

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
)

// TestLinkLife is how long a link to the test pages works.
const TestLinkLife = time.Hour

// ErrTestLink keeps everybody but administrators from the test pages: they show
// how the identity providers are set up.
var ErrTestLink = fault.New(fault.Denied, "test_link", "The test pages are for administrators. Print a link with: gatehouse access test --config FILE. It works for an hour.")

const (
	paramLink   = "link"
	cookieTests = "_gatehouse_tests" // holds the link's text, for the pages that come after
	testContext = "link to the test pages"
)

// TestLink returns a link to the test pages of a team domain, for whoever has the
// link. box is the Box of the API's Config.
func TestLink(team *url.URL, box *seal.Box, now time.Time) string {
	end := strconv.FormatInt(now.Add(TestLinkLife).Unix(), 10)
	return TeamOrigin(team) + pathTest + "?" + url.Values{paramLink: {box.SealText([]byte(end), testContext)}}.Encode()
}

// tests adds a test page. It opens with a link of TestLink, and from then on in
// the same browser until the end of the link.
func (a *API) tests(next web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if a.cfg.AnyToken {
			return next(w, r)
		}
		if text := r.URL.Query().Get(paramLink); text != "" {
			return a.openTests(w, text)
		}
		opens := func(text string) bool { return a.testsLeft(text) > 0 }
		if !slices.ContainsFunc(web.CookieValues(r, web.Prefixed(cookieTests, a.secure)), opens) {
			return ErrTestLink
		}
		return next(w, r)
	}
}

// openTests takes the text of a link out of the address, where others could read
// it over somebody's shoulder.
func (a *API) openTests(w http.ResponseWriter, text string) error {
	left := a.testsLeft(text)
	if left <= 0 {
		return ErrTestLink
	}
	web.SetPrefixed(w, cookieTests, text, a.secure, left)
	authenticate.Redirect(w, pathTest, http.StatusSeeOther)
	return nil
}

// testsLeft returns how long the text of a link still works; 0 or less: it does
// not.
func (a *API) testsLeft(text string) time.Duration {
	plain, err := a.cfg.Box.OpenText(text, testContext)
	if err != nil {
		return 0
	}
	end, err := strconv.ParseInt(string(plain), 10, 64)
	if err != nil {
		return 0
	}
	return time.Unix(end, 0).Sub(a.cfg.Now())
}
