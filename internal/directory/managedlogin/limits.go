package managedlogin

import (
	"slices"

	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/signin"
)

// Each form counts as the operation of the API that does the same: whoever is refused
// there must not go on here.

// limited counts a request of a category. ratelimit.ErrRate.
func (s *Server) limited(category string) error {
	if s.Limit == nil {
		return nil
	}
	return s.Limit(category)
}

// counts returns the category of all forms of a page.
func counts(category string) func(*visit) string { return func(*visit) string { return category } }

// countsLogin returns the category of a form that posts to /login.
func countsLogin(v *visit) string {
	switch v.text(fieldStep) {
	case "":
		if v.onlyNames() {
			return ratelimit.UserAuthenticationAnswers
		}
		return ratelimit.UserAuthentication
	case stepNewPassword:
		return ratelimit.UserAccountRecovery
	case stepSetUpApp:
		return ratelimit.UserResourceUpdate
	}
	if v.r.PostForm.Has(fieldAgain) { // it sends another code, as a new sign-in would
		return ratelimit.UserAuthentication
	}
	return ratelimit.UserAuthenticationAnswers
}

// onlyNames reports whether the form says who somebody is and no more. What they
// choose then begins the sign-in, and counts as that.
func (v *visit) onlyNames() bool {
	form := v.r.PostForm
	return v.byChoice() && !form.Has(fieldContinue) && !form.Has(fieldPassword) && !slices.Contains(firstOrder, v.text(fieldAnswer)) && v.text(fieldAnswer) != signin.SelectChallenge
}
