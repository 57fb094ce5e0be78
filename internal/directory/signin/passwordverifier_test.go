package signin_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func TestSRPSignsIn(t *testing.T) {
	for _, test := range []struct {
		name string
		pool userpool.Settings
		as   string
	}{
		{"plain usernames", userpool.Settings{}, "alice"},
		{"an alias", userpool.Settings{AliasAttributes: []string{"email"}}, "alice@example.com"},
		{"e-mail as username", userpool.Settings{UsernameAttributes: []string{"email"}}, "alice@example.com"},
		{"names in any case", userpool.Settings{CaseInsensitive: true}, "ALICE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, test.pool, userpool.ClientSettings{})
			name := "alice"
			if len(test.pool.UsernameAttributes) > 0 {
				name = "alice@example.com"
			}
			attributes := []string{"email", "alice@example.com", "email_verified", "true"}
			u := b.MustUser(name, attributes...)
			p := b.startSRP(test.as, right)
			if got := p.asked["USERNAME"]; got != u.Username || p.asked["USER_ID_FOR_SRP"] != got {
				t.Errorf("challenge names %q and %q, want %q", got, p.asked["USER_ID_FOR_SRP"], u.Username)
			}
			out, err := p.answer()
			wantTokens(t, "answer as USER_ID_FOR_SRP", out, err, u)
			p = b.startSRP(test.as, right)
			p.answers["USERNAME"] = test.as
			out, err = p.answer()
			wantTokens(t, "answer as "+test.as, out, err, u)
		})
	}
}

func TestSRPAnswerWorksOnce(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	u := b.MustUser("alice")
	p := b.startSRP("alice", right)
	out, err := p.answer()
	wantTokens(t, "first", out, err, u)
	_, err = p.answer()
	wantErr(t, "the same again", err, signin.ErrSessionUsed)

	p = b.startSRP("alice", right)
	var passed atomic.Int32
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			if _, err := p.answer(); err == nil {
				passed.Add(1)
			}
		})
	}
	work.Wait()
	if passed.Load() != 1 {
		t.Errorf("%d of 8 equal answers at once passed, want 1", passed.Load())
	}
}

// A replayed answer must not clear the count of wrong passwords.
func TestSRPReplayDoesNotClearTheCount(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	b.MustUser("alice")
	p := b.startSRP("alice", right)
	if _, err := p.answer(); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		b.password("alice", "Wrong-Horse-7")
	}
	_, err := p.answer()
	wantErr(t, "replay", err, signin.ErrSessionUsed)
	b.password("alice", "Wrong-Horse-7")
	_, err = b.password("alice", right)
	wantErr(t, "after five wrong ones", err, credential.ErrLocked)
}

func TestSRPRefusals(t *testing.T) {
	b := newBench(t, userpool.Settings{}, hiding)
	b.MustUser("alice")
	b.MustUser("bob")
	other := b.MustClient(userpool.ClientSettings{AuthSessionMinutes: 15})
	set := func(key, value string) func(*proof) { return func(p *proof) { p.answers[key] = value } }
	tests := []struct {
		name   string
		change func(*proof)
		want   *fault.Error
	}{
		{"no name", set("USERNAME", ""), signin.ErrParameter.Saying("Missing required parameter USERNAME")},
		{"no block", set("PASSWORD_CLAIM_SECRET_BLOCK", ""), signin.ErrParameter.Saying("Missing required parameter PASSWORD_CLAIM_SECRET_BLOCK")},
		{"no signature", set("PASSWORD_CLAIM_SIGNATURE", ""), signin.ErrParameter.Saying("Missing required parameter PASSWORD_CLAIM_SIGNATURE")},
		{"no time", set("TIMESTAMP", ""), signin.ErrParameter.Saying("Missing required parameter TIMESTAMP")},
		{"another user's name", set("USERNAME", "bob"), signin.ErrSessionInvalid},
		{"nobody's name", set("USERNAME", "nobody"), signin.ErrSessionInvalid},
		{"block that is no base64", set("PASSWORD_CLAIM_SECRET_BLOCK", "%%%"), signin.ErrWrongPassword},
		{"garbage for a block", set("PASSWORD_CLAIM_SECRET_BLOCK", "Z2FyYmFnZQ=="), signin.ErrWrongPassword},
		{"signature of another", set("PASSWORD_CLAIM_SIGNATURE", base64.StdEncoding.EncodeToString(make([]byte, 32))), signin.ErrWrongPassword},
		{"signature that is no base64", set("PASSWORD_CLAIM_SIGNATURE", "%%%"), signin.ErrWrongPassword},
		{"time in another form", set("TIMESTAMP", "2026-03-04T05:06:07Z"), srp.ErrInvalidTimestamp},
		{"time that is not the signed one", func(p *proof) { p.answers["TIMESTAMP"] = srp.FormatTimestamp(b.Now().Add(time.Second)) }, signin.ErrWrongPassword},
		{"time long ago", func(p *proof) { p.sign(b.Now().Add(-time.Hour)) }, signin.ErrSessionExpired},
		{"time far ahead", func(p *proof) { p.sign(b.Now().Add(time.Hour)) }, signin.ErrSessionExpired},
		{"another client", func(p *proof) { p.b = &bench{b.Directory, t, other} }, signin.ErrWrongPassword},
		{"block of another attempt", func(p *proof) {
			p.answers["PASSWORD_CLAIM_SECRET_BLOCK"] = b.startSRP("alice", right).asked["SECRET_BLOCK"]
		}, signin.ErrWrongPassword},
		{"too late", func(*proof) { b.Advance(3 * time.Minute) }, signin.ErrSessionExpired},
	}
	for _, test := range tests {
		p := b.startSRP("alice", right)
		test.change(p)
		_, err := p.answer()
		wantErr(t, test.name, err, test.want)
		b.Advance(16 * time.Minute) // forgives the wrong ones
	}
	_, err := b.initiate("USER_SRP_AUTH", "USERNAME", "alice", "SRP_A", "0")
	wantErr(t, "SRP_A of 0", err, srp.ErrInvalidA)
	_, err = b.initiate("USER_SRP_AUTH", "USERNAME", "nobody", "SRP_A", "0")
	wantErr(t, "SRP_A of 0 for nobody", err, srp.ErrInvalidA)
}

// The challenge for a name that no user has looks like a real one, and is the same
// each time.
func TestSRPHidesThatTheUserDoesNotExist(t *testing.T) {
	b := newBench(t, userpool.Settings{AliasAttributes: []string{"email"}, CaseInsensitive: true}, hiding)
	b.MustUser("alice", "email", "alice@example.com", "email_verified", "true")
	known, ghost, again, cased := b.startSRP("alice", right), b.startSRP("ghost", right), b.startSRP("ghost", right), b.startSRP("GHOST", right)
	for key, value := range known.asked {
		// SRP_B is a number: rarely, its text is a digit shorter.
		if got := ghost.asked[key]; key != "SRP_B" && len(got) != len(value) {
			t.Errorf("%s has %d characters for a user, %d for nobody", key, len(value), len(got))
		}
	}
	if len(known.asked) != len(ghost.asked) {
		t.Errorf("%d parameters for a user, %d for nobody", len(known.asked), len(ghost.asked))
	}
	for _, p := range []*proof{again, cased} {
		if p.asked["SALT"] != ghost.asked["SALT"] || p.asked["USER_ID_FOR_SRP"] != ghost.asked["USER_ID_FOR_SRP"] {
			t.Error("asking twice for nobody gives another salt or name")
		}
	}
	if again.asked["SRP_B"] == ghost.asked["SRP_B"] || again.asked["SECRET_BLOCK"] == ghost.asked["SECRET_BLOCK"] {
		t.Error("asking twice for nobody gives the same SRP_B or SECRET_BLOCK")
	}
	alias := b.startSRP("ghost@example.com", right)
	if alias.asked["USER_ID_FOR_SRP"] == "ghost@example.com" {
		t.Error("for an alias that no user has, USER_ID_FOR_SRP is the alias, which never happens for a real one")
	}
	for _, test := range []struct {
		proof *proof
		name  string
		want  *fault.Error
	}{
		{ghost, "ghost", signin.ErrWrongPassword},
		{b.startSRP("ghost", right), "GHOST", signin.ErrWrongPassword},
		{b.startSRP("ghost", right), "alice", signin.ErrSessionInvalid},
		{alias, "ghost@example.com", signin.ErrWrongPassword},
		{b.startSRP("ghost@example.com", right), alias.asked["USERNAME"], signin.ErrWrongPassword},
	} {
		test.proof.answers["USERNAME"] = test.name
		_, err := test.proof.answer()
		wantErr(t, "answer as "+test.name, err, test.want)
	}
}

func TestSRPWithATemporaryPassword(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	u := b.MustInvite("alice")
	out, err := b.startSRP("alice", right).answer()
	ch := wantChallenge(t, "SRP with a temporary password", out, err, signin.NewPasswordRequired)
	out, err = b.respond(signin.NewPasswordRequired, ch.Session, "USERNAME", "alice", "NEW_PASSWORD", "Other-Horse-8")
	wantTokens(t, "new password", out, err, u)
	out, err = b.startSRP("alice", "Other-Horse-8").answer()
	wantTokens(t, "SRP with the new password", out, err, u)
	_, err = b.startSRP("alice", right).answer()
	wantErr(t, "SRP with the temporary password", err, signin.ErrWrongPassword)
}

// If the password changes between the two messages, a proof of the old password is
// wrong.
func TestSRPAfterThePasswordChanged(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	b.MustUser("alice")
	p := b.startSRP("alice", right)
	if err := b.Accounts.SetPassword(t.Context(), b.Pool, "alice", seal.Secret("Other-Horse-8"), true); err != nil {
		t.Fatal(err)
	}
	_, err := p.answer()
	wantErr(t, "proof of the old password", err, signin.ErrWrongPassword)
}

// The name in an answer does not tell whether a user exists, also if it is
// USER_ID_FOR_SRP with other capitals.
func TestSRPAnswersInAnyCaseTellNothing(t *testing.T) {
	for name, pool := range map[string]userpool.Settings{
		"names in any case":      {CaseInsensitive: true},
		"e-mail in any case":     {CaseInsensitive: true, UsernameAttributes: []string{"email"}},
		"alias in any case":      {CaseInsensitive: true, AliasAttributes: []string{"email"}},
		"names in the same case": {UsernameAttributes: []string{"email"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, pool, hiding)
			username, known, unknown := "alice", "alice@example.com", "nobody@example.com"
			switch {
			case len(pool.UsernameAttributes) > 0:
				username = known
			case len(pool.AliasAttributes) == 0:
				known, unknown = "alice", "nobody"
			default:
				username = "550e8400-e29b-41d4-a716-446655440000"
			}
			b.MustUser(username, "email", "alice@example.com", "email_verified", "true")
			var errs [2]error
			for i, as := range []string{known, unknown} {
				p := b.startSRP(as, "Wrong-Horse-7")
				p.answers["USERNAME"] = strings.ToUpper(p.asked["USER_ID_FOR_SRP"])
				_, errs[i] = p.answer()
			}
			if !errors.Is(errs[1], fault.As(errs[0])) {
				t.Errorf("a user gets %v, and nobody gets %v: want the same error", errs[0], errs[1])
			}
		})
	}
}

// Where case does not count, SRP answers in the letters that are compared. The
// user's own spelling would tell that there is one.
func TestSRPTellsNotHowAUserSpellsTheName(t *testing.T) {
	b := newBench(t, userpool.Settings{CaseInsensitive: true}, hiding)
	u := b.MustUser("McAlice")
	for _, name := range []string{"McAlice", "mcalice", "MCALICE"} {
		p := b.startSRP(name, right)
		ghost := b.startSRP(strings.Replace(strings.Replace(name, "lice", "nna", 1), "LICE", "NNA", 1), right)
		for _, key := range []string{"USERNAME", "USER_ID_FOR_SRP"} {
			if p.asked[key] != "mcalice" || ghost.asked[key] != "mcanna" {
				t.Errorf("asked with %q: %s is %q for a user and %q for nobody, want folded names", name, key, p.asked[key], ghost.asked[key])
			}
		}
		out, err := p.answer()
		wantTokens(t, "SRP as "+name, out, err, u)
		out, err = b.password(name, right)
		wantTokens(t, "password as "+name, out, err, u)
	}
	if got := b.MustFind("mcalice"); got.Username != "McAlice" {
		t.Errorf("the username is %q, want the spelling of its owner", got.Username)
	}
}

// A password from before the folded spelling keeps working, by SRP and in clear.
func TestSRPWithAPasswordOfTheUsersSpelling(t *testing.T) {
	b := newBench(t, userpool.Settings{CaseInsensitive: true}, userpool.ClientSettings{})
	u := b.MustUser("Alice")
	v, err := srp.NewVerifier(b.Pool.ID.Name(), "Alice", right.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := b.Sealer.Seal(v.V, "password:"+string(u.Pool)+":"+string(u.Sub))
	if err != nil {
		t.Fatal(err)
	}
	b.MustEdit("alice", func(u *user.User) { u.Password = &user.Password{Salt: v.Salt, Sealed: sealed, Set: b.Now()} })
	out, err := b.password("ALICE", right)
	wantTokens(t, "password", out, err, u)
	out, err = b.startSRP("alice", right).answer()
	wantTokens(t, "SRP", out, err, u)
	_, err = b.password("alice", "Wrong-Horse-7")
	wantErr(t, "wrong password", err, signin.ErrWrongPassword)
}
