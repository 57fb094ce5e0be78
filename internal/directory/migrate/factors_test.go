package migrate_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/directory/formerpool"
	"gatehouse/internal/directory/migrate"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// answering has the source answer calls of an operation with texts, by what the request
// has in it. A text that begins with a colon is the name of an exception.
func (m *move) answering(operation string, answers map[string]string) (calls *int) {
	inner, n := m.source.Client.Transport, 0
	m.source.Client = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+operation) {
			return inner.RoundTrip(r)
		}
		n++
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		answer := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader("{}"))}
		for part, text := range answers {
			if !strings.Contains(string(body), part) {
				continue
			}
			if name, refused := strings.CutPrefix(text, ":"); refused {
				answer.StatusCode, text = http.StatusBadRequest, `{"__type":"`+name+`","message":"no"}`
			}
			answer.Body = io.NopCloser(strings.NewReader(text))
		}
		return answer, nil
	})}
	return &n
}

func (m *move) takeWithFactors(t *testing.T) (*migrate.Report, error) {
	return migrate.New(migrate.Config{Source: m.source, API: m.api, IDs: m.ids, Factors: true, Told: func(string, int) {}}).Take(t.Context(), userpool.PoolID(m.Pool))
}

// mfa returns the second factors of a user here.
func (m *move) mfa(t *testing.T, name string) user.MFA {
	t.Helper()
	p := must[*userpool.Pool](t)(m.to.Pools.Pool(t.Context(), userpool.PoolID(m.Pool)))
	return must[*user.User](t)(m.to.Users.Find(t.Context(), p, name)).Security.MFA
}

const (
	acceptsBoth = `{"MfaConfiguration":"OPTIONAL","SoftwareTokenMfaConfiguration":{"Enabled":true},"EmailMfaConfiguration":{"Message":"Code {####}"}}`
	byMail      = `{"UserMFASettingList":["EMAIL_OTP"],"PreferredMfaSetting":"EMAIL_OTP"}`
	byApp       = `{"UserMFASettingList":["SOFTWARE_TOKEN_MFA"],"PreferredMfaSetting":"SOFTWARE_TOKEN_MFA"}`
	byBoth      = `{"UserMFASettingList":["SOFTWARE_TOKEN_MFA","EMAIL_OTP"],"PreferredMfaSetting":"SOFTWARE_TOKEN_MFA"}`
)

// Codes go on, whoever had an app alone owes a new one, and an app beside codes is left.
func TestSecondFactorsOfUsersComeAlong(t *testing.T) {
	m := newMove(t)
	m.fill(t)
	m.MustUser("erin")
	m.answering("GetUserPoolMfaConfig", map[string]string{"": acceptsBoth})
	calls := m.answering("AdminGetUser", map[string]string{`"alice"`: byMail, `"bob"`: byApp, `"erin"`: byBoth})

	before := must[*migrate.Report](t)(m.take(t))
	if *calls != 0 || !strings.Contains(strings.Join(before.Left, "\n"), "second factors that users turned on") {
		t.Fatalf("%d users were asked about, report %q; want none, and that it says so", *calls, before.Left)
	}
	if got := m.mfa(t, "alice"); got != (user.MFA{}) {
		t.Fatalf("alice has %+v, want none yet", got)
	}
	report := must[*migrate.Report](t)(m.takeWithFactors(t))
	if left := strings.Join(report.Left, "\n"); *calls != 4 || report.Apps != 2 || !strings.Contains(left, "authenticator apps of 2 users") || strings.Contains(left, "second factors that users turned on") {
		t.Errorf("%d users were asked about, report %+v; want four, and the apps of two", *calls, report)
	}
	for name, want := range map[string]user.MFA{
		"alice": {Email: true, Preferred: user.EmailOTP},
		"bob":   {TOTP: true, Preferred: user.SoftwareTokenMFA},
		"dora":  {},
		"erin":  {Email: true},
	} {
		if got := m.mfa(t, name); got != want {
			t.Errorf("%s has %+v, want %+v", name, got, want)
		}
	}
}

// What a user has done here stays, and so does what was taken over before.
func TestSecondFactorsOfUsersWhoWereHereStay(t *testing.T) {
	m := newMove(t)
	m.fill(t)
	m.answering("GetUserPoolMfaConfig", map[string]string{"": acceptsBoth})
	m.answering("AdminGetUser", map[string]string{`"alice"`: byMail, `"bob"`: byApp})
	must[*migrate.Report](t)(m.take(t))
	m.Advance(time.Second)
	m.to.Pool = must[*userpool.Pool](t)(m.to.Pools.Pool(t.Context(), userpool.PoolID(m.Pool)))
	m.to.MustEdit("alice", func(u *user.User) { u.Attributes["name"] = "Alice" })
	for range 2 {
		must[*migrate.Report](t)(m.takeWithFactors(t))
	}
	if alice, bob := m.mfa(t, "alice"), m.mfa(t, "bob"); alice != (user.MFA{}) || !bob.TOTP {
		t.Errorf("alice, who was here, has %+v, bob %+v; want none, and the app", alice, bob)
	}
}

// Who is gone is left out; a key that may not read users ends the command.
func TestSecondFactorsThatCannotBeRead(t *testing.T) {
	m := newMove(t)
	m.fill(t)
	m.answering("AdminGetUser", map[string]string{`"alice"`: byApp, `"bob"`: ":UserNotFoundException"})
	report := must[*migrate.Report](t)(m.takeWithFactors(t))
	if left := strings.Join(report.Left, "\n"); report.Users != 2 || !strings.Contains(left, "user bob: ") {
		t.Errorf("report %+v, want two users and bob left", report)
	}

	m = newMove(t)
	m.fill(t)
	m.answering("AdminGetUser", map[string]string{"": ":AccessDeniedException"})
	if report, err := m.takeWithFactors(t); !errors.Is(err, formerpool.ErrSource) || report.Users != 0 {
		t.Errorf("report %+v, %v; want %v and no user", report, err, formerpool.ErrSource)
	}
}

// Nobody comes to a pool that asks for less than at the source.
func TestNoUserComesWithoutTheFactorsOfThePool(t *testing.T) {
	for there, tt := range map[string]struct {
		here  userpool.MFAMode // what the operator sets
		users int
	}{
		"ON":       {userpool.MFARequired, 3},
		"OPTIONAL": {userpool.MFAOptional, 3},
	} {
		m := newMove(t)
		client := userpool.ClientID(*m.fill(t).ClientId)
		m.answering("GetUserPoolMfaConfig", map[string]string{"": `{"MfaConfiguration":"` + there + `","SmsMfaConfiguration":{"SmsAuthenticationMessage":"without a code"},"SoftwareTokenMfaConfiguration":{"Enabled":true}}`})
		wantNone := func() {
			t.Helper()
			report, err := m.take(t)
			if !errors.Is(err, migrate.ErrFactors) || report.Users != 0 {
				t.Errorf("%s: report %+v, %v; want %v and no user", there, report, err, migrate.ErrFactors)
			}
			p := must[*userpool.Pool](t)(m.to.Pools.Pool(t.Context(), userpool.PoolID(m.Pool)))
			if u, err := m.to.Users.Find(t.Context(), p, "alice"); !errors.Is(err, user.ErrUserNotFound) {
				t.Errorf("%s: alice is %+v, %v; want nobody", there, u, err)
			}
			if c, err := m.to.Pools.Client(t.Context(), client); !errors.Is(err, userpool.ErrClientNotFound) {
				t.Errorf("%s: the app client is %+v, %v; want none, with which somebody could sign up", there, c, err)
			}
		}
		set := func(mode userpool.MFAMode) {
			t.Helper()
			on := true
			must[*userpool.Pool](t)(m.to.Pools.UpdatePool(t.Context(), userpool.PoolID(m.Pool), func(p *userpool.Pool) error {
				p.Settings.MFA.Mode, p.Settings.MFA.TOTP = mode, &on
				return nil
			}))
		}
		wantNone()
		if there == "ON" {
			set(userpool.MFAOptional)
			wantNone()
		}
		set(tt.here)
		if report := must[*migrate.Report](t)(m.take(t)); report.Users != tt.users || !strings.Contains(strings.Join(report.Left, "\n"), "second factors of the pool") {
			t.Errorf("%s, set here: report %+v, want %d users, and that it says so", there, report, tt.users)
		}
	}

	m := newMove(t)
	m.fill(t)
	m.answering("GetUserPoolMfaConfig", map[string]string{"": `{"MfaConfiguration":"OFF","SmsMfaConfiguration":{"SmsAuthenticationMessage":"without a code"}}`})
	if report := must[*migrate.Report](t)(m.take(t)); report.Users != 3 {
		t.Errorf("a pool that asks for none: report %+v, want its users", report)
	}
}
