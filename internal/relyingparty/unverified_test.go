package relyingparty

import (
	"context"
	"maps"
	"testing"
)

// The provider says that an address is not verified, in one of its answers.
func TestUnverifiedEmail(t *testing.T) {
	tests := []struct {
		name              string
		idToken, userInfo map[string]any
		want              bool // the address is unverified
	}{
		{"nothing is said", map[string]any{}, map[string]any{"email": "ann@example.com"}, false},
		{"true", map[string]any{"email_verified": true}, map[string]any{}, false},
		{"true as text", map[string]any{"email_verified": "true"}, map[string]any{}, false},
		{"null", map[string]any{"email_verified": nil}, map[string]any{"email_verified": nil}, false},
		{"false in the ID token", map[string]any{"email_verified": false}, map[string]any{}, true},
		{"false as text in the ID token", map[string]any{"email_verified": "false"}, map[string]any{}, true},
		{"false in UserInfo", map[string]any{}, map[string]any{"email_verified": false}, true},
		{"false as text in UserInfo", map[string]any{}, map[string]any{"email_verified": "false"}, true},
		{"the ID token says true, UserInfo false", map[string]any{"email_verified": true}, map[string]any{"email_verified": "False"}, true},
		{"the ID token says false, UserInfo true", map[string]any{"email_verified": false}, map[string]any{"email_verified": true}, true},
		{"the address is in UserInfo", map[string]any{"email": nil, "email_verified": false}, map[string]any{"email": "ann@example.com"}, true},
		{"the address is in mail", map[string]any{"email": nil, "mail": "ann@example.com", "email_verified": false}, map[string]any{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			for name, value := range tt.idToken {
				f.claims[name] = value
			}
			f.userInfo = map[string]any{"sub": "ann"}
			for name, value := range tt.userInfo {
				f.userInfo[name] = value
			}
			r, err := f.discovered(t).Exchange(t.Context(), "code", "v", f.nonce, "")
			if err != nil {
				t.Fatal(err)
			}
			checkEmail(t, r, tt.want)
			trusting, err := f.discovered(t, func(c *DiscoveredConfig) { c.AllowUnverifiedEmail = true }).Exchange(t.Context(), "code", "v", f.nonce, "")
			if err != nil {
				t.Fatal(err)
			}
			checkEmail(t, trusting, false)
		})
	}
}

// checkEmail looks at the identity that a result leads to.
func checkEmail(t *testing.T, r *Result, unverified bool) {
	t.Helper()
	id := r.Identity("p1")
	email, withheld := "ann@example.com", ""
	if unverified {
		email, withheld = withheld, email
	}
	if id.Email != email || id.UnverifiedEmail != withheld || (id.Claims.Map()["email"] == nil) != unverified || r.Withholds("email") != unverified {
		t.Errorf("got Email %q, UnverifiedEmail %q, claims %v; want Email %q, UnverifiedEmail %q", id.Email, id.UnverifiedEmail, id.Claims, email, withheld)
	}
}

func TestARefreshCanMakeAnAddressUnverified(t *testing.T) {
	f := newFake(t)
	p := f.discovered(t)
	f.claims["nonce"] = nil
	f.userInfo = map[string]any{"sub": "ann", "email_verified": "false"}
	r, err := p.Refresh(t.Context(), Held{Tokens: Tokens{Refresh: "rt"}, UserID: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	checkEmail(t, r, true)
}

// A person verifies an address of their own, signs in, and then sets somebody
// else's. The ID token's word on the first address is no word on the second.
func TestTheWordOnOneAddressIsNoneOnAnother(t *testing.T) {
	tests := []struct {
		name              string
		idToken, userInfo map[string]any
		unverified        bool
	}{
		{"another address, nothing said", map[string]any{"email_verified": true}, map[string]any{"email": "eve@example.com"}, true},
		{"another address, as text", map[string]any{"email_verified": "true"}, map[string]any{"email": "eve@example.com"}, true},
		{"another address, verified", map[string]any{"email_verified": true}, map[string]any{"email": "eve@example.com", "email_verified": true}, false},
		{"a provider that never says it", map[string]any{}, map[string]any{"email": "eve@example.com"}, false},
		{"the same address", map[string]any{"email_verified": true}, map[string]any{"email": "Ann@example.com"}, false},
		{"no address", map[string]any{"email_verified": true}, map[string]any{}, false},
		{"a list", map[string]any{"email_verified": true}, map[string]any{"email": []string{"eve@example.com"}}, true},
		{"another in mail", map[string]any{"email": nil, "mail": "ann@example.com", "email_verified": true}, map[string]any{"mail": "eve@example.com"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			maps.Copy(f.claims, tt.idToken)
			f.userInfo = map[string]any{"sub": "ann"}
			p := f.discovered(t)
			held := f.held(t, p)
			maps.Copy(f.userInfo, tt.userInfo)
			f.answers(map[string]any{"access_token": "at"}) // a refresh without an ID token
			for name, ask := range map[string]func(context.Context, Held) (*Result, error){"recheck": p.Recheck, "refresh": p.Refresh} {
				r, err := ask(t.Context(), held)
				if err != nil {
					t.Fatal(err)
				}
				if id := r.Identity("p1"); r.EmailUnverified != tt.unverified || tt.unverified && (id.Email != "" || id.Claims.Map()["email"] != nil || id.Claims.Map()["mail"] != nil) {
					t.Errorf("%s: got unverified %v, Email %q, claims %v; want unverified %v", name, r.EmailUnverified, id.Email, id.Claims, tt.unverified)
				}
			}
		})
	}
}

// So with phone numbers: the old flag stayed at a new number.
func TestTheWordOnOnePhoneNumberIsNoneOnAnother(t *testing.T) {
	tests := []struct {
		name              string
		idToken, userInfo map[string]any
		want              any // phone_number_verified afterwards
	}{
		{"another number, nothing said", map[string]any{"phone_number": "+491", "phone_number_verified": true}, map[string]any{"phone_number": "+492"}, false},
		{"another number, as text", map[string]any{"phone_number": "+491", "phone_number_verified": "true"}, map[string]any{"phone_number": "+492"}, false},
		{"another number, null", map[string]any{"phone_number": "+491", "phone_number_verified": true}, map[string]any{"phone_number": "+492", "phone_number_verified": nil}, false},
		{"another number, verified", map[string]any{"phone_number": "+491", "phone_number_verified": true}, map[string]any{"phone_number": "+492", "phone_number_verified": true}, true},
		{"another number after an unverified one", map[string]any{"phone_number": "+491", "phone_number_verified": false}, map[string]any{"phone_number": "+492"}, false},
		{"verified since", map[string]any{"phone_number": "+491", "phone_number_verified": false}, map[string]any{"phone_number": "+491", "phone_number_verified": true}, true},
		{"a number of its own for the first time", map[string]any{"phone_number_verified": true}, map[string]any{"phone_number": "+492"}, false},
		{"the same number", map[string]any{"phone_number": "+491", "phone_number_verified": true}, map[string]any{"phone_number": "+491"}, true},
		{"no number", map[string]any{"phone_number": "+491", "phone_number_verified": true}, map[string]any{}, true},
		{"a provider that never says it", map[string]any{"phone_number": "+491"}, map[string]any{"phone_number": "+492"}, nil},
		{"numbers that are no text", map[string]any{"phone_number": 491, "phone_number_verified": true}, map[string]any{"phone_number": 492}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			maps.Copy(f.claims, tt.idToken)
			f.userInfo = map[string]any{"sub": "ann"}
			p := f.discovered(t)
			held := f.held(t, p)
			maps.Copy(f.userInfo, tt.userInfo)
			f.answers(map[string]any{"access_token": "at"}) // a refresh without an ID token
			for name, ask := range map[string]func(context.Context, Held) (*Result, error){"recheck": p.Recheck, "refresh": p.Refresh} {
				r, err := ask(t.Context(), held)
				if err != nil {
					t.Fatal(err)
				}
				if got := r.Claims["phone_number_verified"]; got != tt.want {
					t.Errorf("%s: got phone_number_verified %v, want %v", name, got, tt.want)
				}
			}
		})
	}
}

// At a sign-in the ID token and UserInfo can name two addresses.
func TestAWordAtTheSignInIsAboutTheAddressItCameWith(t *testing.T) {
	tests := []struct {
		name              string
		idToken, userInfo map[string]any
		claim             string
		want              any
	}{
		{"the ID token's number, UserInfo's word on another", map[string]any{"phone_number": "+491"}, map[string]any{"phone_number": "+492", "phone_number_verified": true}, "phone_number_verified", nil},
		{"the same number", map[string]any{"phone_number": "+491"}, map[string]any{"phone_number": "+491", "phone_number_verified": true}, "phone_number_verified", true},
		{"either says false", map[string]any{"phone_number": "+491", "phone_number_verified": true}, map[string]any{"phone_number": "+491", "phone_number_verified": "false"}, "phone_number_verified", false},
		{"a word without a number", map[string]any{"phone_number_verified": true}, map[string]any{"phone_number": "+491"}, "phone_number_verified", true},
		{"UserInfo's word on another address", map[string]any{}, map[string]any{"email": "eve@example.com", "email_verified": true}, "email_verified", nil},
		{"UserInfo's word on the address", map[string]any{}, map[string]any{"email": "Ann@example.com", "email_verified": true}, "email_verified", true},
		{"UserInfo's word on mail", map[string]any{}, map[string]any{"mail": "eve@example.com", "email_verified": true}, "email_verified", nil},
		{"the ID token's word stays", map[string]any{"email_verified": true}, map[string]any{"email": "eve@example.com", "email_verified": true}, "email_verified", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			maps.Copy(f.claims, tt.idToken)
			f.userInfo = map[string]any{"sub": "ann"}
			maps.Copy(f.userInfo, tt.userInfo)
			r, err := f.discovered(t).Exchange(t.Context(), "code", "v", f.nonce, "")
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Claims[tt.claim]; got != tt.want {
				t.Errorf("got %s %v, want %v", tt.claim, got, tt.want)
			}
		})
	}
}

func TestUnverifiedEmailOfAnExplicitProvider(t *testing.T) {
	f := newFake(t)
	f.claims["upn"], f.claims["email_verified"] = "ann@example.com", "false"
	for _, allow := range []bool{false, true} {
		p := f.explicit(t, func(c *ExplicitConfig) { c.EmailClaimName, c.AllowUnverifiedEmail = "upn", allow })
		r, err := p.Exchange(t.Context(), "code", "v", f.nonce, "")
		if err != nil {
			t.Fatal(err)
		}
		checkEmail(t, r, !allow)
		if _, got := r.Identity("p1").Claims.Get("upn"); got != allow {
			t.Errorf("allow_unverified_email %v: got the claim upn %v", allow, got)
		}
	}
}

// The key decides who somebody is, so sessions from before its change end.
func TestAllowingUnverifiedAddressesChangesTheID(t *testing.T) {
	f := newFake(t)
	one, two := f.discovered(t), f.discovered(t, func(c *DiscoveredConfig) { c.AllowUnverifiedEmail = true })
	if one.ID() == two.ID() {
		t.Error("got the same id with and without AllowUnverifiedEmail")
	}
}
