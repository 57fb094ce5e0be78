package relyingparty

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/identity"
)

// held returns what a session has after a sign-in at f.
func (f *fakeProvider) held(t *testing.T, p *Discovered) Held {
	t.Helper()
	r, err := p.Exchange(t.Context(), "code", "v", f.nonce, "")
	if err != nil {
		t.Fatal(err)
	}
	return Held{Tokens: r.Tokens, Subject: r.Subject, UserID: r.UserID, Expiry: r.Expiry}
}

// answers makes the token endpoint answer with just these members.
func (f *fakeProvider) answers(members map[string]any) {
	f.token = func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(members)
		return true
	}
}

func TestARefreshAnswerMayLackEverythingOptional(t *testing.T) {
	for name, c := range map[string]struct {
		answer map[string]any
		life   time.Duration
	}{
		"with the time":       {map[string]any{"access_token": "at", "token_type": "Bearer", "expires_in": 60}, time.Minute},
		"without the time":    {map[string]any{"access_token": "at", "token_type": "Bearer"}, time.Hour},
		"without token_type":  {map[string]any{"access_token": "at"}, time.Hour},
		"an empty ID token":   {map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": ""}, time.Hour},
		"another refresh one": {map[string]any{"access_token": "at", "token_type": "Bearer", "refresh_token": "rt2"}, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			p := f.discovered(t)
			held := f.held(t, p)
			f.answers(c.answer)
			f.userInfo = map[string]any{"sub": "ann", "email": "new@example.com", "team": "blue", "iss": "https://evil.example", "aud": "x"}
			r, err := p.Refresh(t.Context(), held)
			if err != nil {
				t.Fatal(err)
			}
			if r.Tokens.ID != held.Tokens.ID || !r.Expiry.Equal(f.now.Add(c.life)) || !r.Rechecks {
				t.Errorf("got the ID token kept %t, end %s, rechecks %t; want it kept, %s, true", r.Tokens.ID == held.Tokens.ID, r.Expiry, r.Rechecks, f.now.Add(c.life))
			}
			if r.Email != "new@example.com" || r.Issuer != f.URL || r.Claims["team"] != "blue" || r.Claims["aud"] != "client" {
				t.Errorf("got %+v, want UserInfo's word on the person and the ID token's on itself", r)
			}
			if diff := cmp.Diff([]any{"admins"}, r.Claims["cognito:groups"]); diff != "" {
				t.Errorf("groups, of which UserInfo does not speak (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARecheckDropsWhatOnlyUserInfoSaid(t *testing.T) {
	f := newFake(t)
	p := f.discovered(t)
	f.userInfo = map[string]any{"sub": "ann", "team": "blue"}
	held := f.held(t, p)
	f.userInfo = map[string]any{"sub": "ann", "name": "Ann"}
	r, err := p.Recheck(t.Context(), held)
	if err != nil {
		t.Fatal(err)
	}
	if r.Claims["team"] != nil || r.Name != "Ann" || r.Email != "ann@example.com" || r.Tokens != held.Tokens || !r.Expiry.Equal(held.Expiry) {
		t.Errorf("got %+v, want the ID token's claims, UserInfo's present ones, and the tokens as they were", r)
	}
}

func TestWhatEndsASessionAtARecheck(t *testing.T) {
	for name, c := range map[string]struct {
		bend func(f *fakeProvider)
		want error
	}{
		"the token is refused":  {func(f *fakeProvider) { f.infoStatus = 401 }, ErrRefused},
		"the person is refused": {func(f *fakeProvider) { f.infoStatus = 403 }, ErrRefused},
		"another person":        {func(f *fakeProvider) { f.userInfo = map[string]any{"sub": "bob"} }, ErrUntrusted},
		"nobody":                {func(f *fakeProvider) { f.userInfo = map[string]any{"name": "Ann"} }, ErrUntrusted},
		"a failure":             {func(f *fakeProvider) { f.infoStatus = 500 }, ErrUnreachable},
		"too many calls":        {func(f *fakeProvider) { f.infoStatus = 429 }, ErrUnreachable},
		"the address has moved": {func(f *fakeProvider) { f.infoStatus = 404 }, ErrUnreachable},
		"the network":           {func(f *fakeProvider) { f.Close() }, ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			p := f.discovered(t)
			held := f.held(t, p)
			c.bend(f)
			if _, err := p.Recheck(t.Context(), held); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestAProviderWithoutUserInfoIsNotRechecked(t *testing.T) {
	f := newFake(t)
	f.meta = map[string]any{"userinfo_endpoint": ""}
	p := f.discovered(t)
	held := f.held(t, p)
	if r, err := p.Recheck(t.Context(), held); r != nil || err != nil {
		t.Errorf("got %v, %v, want nothing", r, err)
	}
	f.answers(map[string]any{"access_token": "at", "token_type": "Bearer"})
	r, err := p.Refresh(t.Context(), held)
	if err != nil || r.Rechecks || identity.Text(r.Claims, "email") != "ann@example.com" {
		t.Errorf("a refresh without an ID token: got %+v, %v, want the claims as they were", r, err)
	}
}

// A refresh that got its tokens and failed afterwards lost the refresh token: the
// next one was made with the old token, which ended the session.
func TestARefreshThatFailsAfterTheTokensKeepsTheRefreshToken(t *testing.T) {
	withID := func(f *fakeProvider) {
		f.answers(map[string]any{"access_token": "at", "refresh_token": "rt2", "id_token": f.idToken(), "token_type": "Bearer"})
	}
	withoutID := func(f *fakeProvider) {
		f.answers(map[string]any{"access_token": "at", "refresh_token": "rt2", "token_type": "Bearer"})
	}
	for name, c := range map[string]struct {
		answer func(f *fakeProvider)
		bend   func(f *fakeProvider)
		want   error
	}{
		"UserInfo fails":                     {withID, func(f *fakeProvider) { f.infoStatus = 503 }, ErrUnreachable},
		"UserInfo fails, without ID token":   {withoutID, func(f *fakeProvider) { f.infoStatus = 503 }, ErrUnreachable},
		"UserInfo has moved":                 {withID, func(f *fakeProvider) { f.infoStatus = 404 }, ErrUnreachable},
		"UserInfo moved, without ID token":   {withoutID, func(f *fakeProvider) { f.infoStatus = 404 }, ErrUnreachable},
		"UserInfo refuses the token":         {withID, func(f *fakeProvider) { f.infoStatus = 401 }, ErrRefused},
		"UserInfo refuses, without ID token": {withoutID, func(f *fakeProvider) { f.infoStatus = 403 }, ErrRefused},
		"UserInfo is about another":          {withID, func(f *fakeProvider) { f.userInfo = map[string]any{"sub": "bob"} }, ErrUntrusted},
		"the keys fail":                      {withID, func(f *fakeProvider) { f.keysStatus = 503 }, ErrUnreachable},
		"the keys have moved":                {withID, func(f *fakeProvider) { f.keysStatus = 404 }, ErrUnreachable},
		"the keys are for others":            {withID, func(f *fakeProvider) { f.keysStatus = 403 }, ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			p := f.discovered(t)
			held := f.held(t, p)
			forgetKeys(p)
			c.answer(f)
			c.bend(f)
			r, err := p.Refresh(t.Context(), held)
			if !errors.Is(err, c.want) || fault.KindOf(err) != fault.KindOf(c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if r == nil || r.Tokens.Refresh != "rt2" || r.Claims != nil || r.Tokens.Access != "" {
				t.Errorf("got %+v, want the new refresh token alone", r)
			}
		})
	}
}

// forgetKeys makes p fetch the keys of its provider again.
func forgetKeys(p *Discovered) {
	p.built.keys = newKeySet(p.built.keys.keySource)
}

func TestARefreshAtAnExplicitProviderKeepsTheRefreshToken(t *testing.T) {
	f := newFake(t)
	p := f.explicit(t, nil)
	f.keysStatus = 404
	f.answers(map[string]any{"access_token": "at", "refresh_token": "rt2", "id_token": f.idToken(), "token_type": "Bearer"})
	r, err := p.Refresh(t.Context(), Held{Tokens: Tokens{Refresh: "rt"}, Subject: "ann", UserID: "ann"})
	if fault.KindOf(err) != fault.Unavailable || r == nil || r.Tokens.Refresh != "rt2" {
		t.Errorf("got %+v, %v, want the new refresh token and an error that may pass", r, err)
	}
}

// A key that is published a moment later ended the session.
func TestARefreshWithAKeyThatIsNotPublishedYetMayPass(t *testing.T) {
	f := newFake(t)
	p := f.discovered(t)
	held := f.held(t, p)
	f.sign = func(payload []byte) string { return signWith(jose.ES256, f.key, "k2", payload) }
	if _, err := p.Refresh(t.Context(), held); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v, want an error that may pass", err)
	}
	f.sign = func(payload []byte) string { return tamper(signWith(jose.ES256, f.key, "k1", payload)) }
	if _, err := p.Refresh(t.Context(), held); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("a wrong signature: got %v, want %v", err, ErrUntrusted)
	}
}

// Pomerium: the flag refresh_session_at_id_token_expiration.
func TestAnIdentityMayOutliveItsIDToken(t *testing.T) {
	for outlives, want := range map[bool]time.Duration{false: 30 * time.Minute, true: time.Hour} {
		f := newFake(t)
		p := f.discovered(t, func(c *DiscoveredConfig) { c.OutlivesIDToken = outlives })
		r, err := p.Exchange(t.Context(), "code", "v", f.nonce, "")
		if err != nil || !r.Expiry.Equal(f.now.Add(want)) {
			t.Errorf("outlives %t: got %v, %v; want the end in %s", outlives, r, err, want)
		}
	}
}
