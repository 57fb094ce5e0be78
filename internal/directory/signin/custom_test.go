package signin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

type obj = map[string]any

// rounds returns the session of an event for Define or Create.
func rounds(e enginetest.Event) []any { return e.Request()["session"].([]any) }

// riddle is a bench whose pool asks for the word "sesame", three times at most.
func riddle(t *testing.T, hides bool) *bench {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{AuthFlows: []string{userpool.FlowCustom}, HideUserExistence: hides})
	b.On(userpool.TriggerDefineAuthChallenge, func(e enginetest.Event) error {
		switch all := rounds(e); {
		case len(all) > 0 && all[len(all)-1].(obj)["challengeResult"] == true:
			e.Respond("issueTokens", true)
		case len(all) == 3:
			e.Respond("failAuthentication", true)
		default:
			e.Respond("challengeName", "CUSTOM_CHALLENGE")
		}
		return nil
	})
	b.On(userpool.TriggerCreateAuthChallenge, func(e enginetest.Event) error {
		e.Respond("publicChallengeParameters", obj{"question": "The word?"})
		e.Respond("privateChallengeParameters", obj{"answer": "sesame"})
		e.Respond("challengeMetadata", "WORD")
		return nil
	})
	b.On(userpool.TriggerVerifyAuthChallenge, func(e enginetest.Event) error {
		e.Respond("answerCorrect", e.Request()["challengeAnswer"] == e.Request()["privateChallengeParameters"].(obj)["answer"])
		return nil
	})
	return b
}

func (b *bench) ask(name string) *signin.Challenge {
	b.t.Helper()
	out, err := b.initiate("CUSTOM_AUTH", "USERNAME", name)
	if err != nil || out.Challenge == nil || out.Challenge.Name != signin.CustomChallenge {
		b.t.Fatalf("CUSTOM_AUTH of %s: %+v, %v", name, out, err)
	}
	return out.Challenge
}

func (b *bench) say(name, word string, session seal.Secret) (*signin.Outcome, error) {
	b.t.Helper()
	return b.respond(signin.CustomChallenge, session, "USERNAME", name, "ANSWER", word)
}

func TestASignInThatTheFunctionsDecide(t *testing.T) {
	b := riddle(t, false)
	b.On(userpool.TriggerPreAuthentication, nothing)
	b.On(userpool.TriggerPostAuthentication, nothing)
	b.MustUser("alice")
	b.Functions.Sources()
	ch := b.ask("alice")
	if ch.Parameters["question"] != "The word?" || ch.Parameters["USERNAME"] != "alice" || ch.Parameters["answer"] != "" || len(ch.Parameters) != 2 {
		t.Errorf("parameters %v", ch.Parameters)
	}
	out, err := b.say("alice", "open", ch.Session)
	if err != nil || out.Challenge == nil {
		t.Fatalf("a wrong word: %+v, %v, want another challenge", out, err)
	}
	out, err = b.say("alice", "sesame", out.Challenge.Session)
	if err != nil || out.Tokens == nil {
		t.Fatalf("the word: %+v, %v, want tokens", out, err)
	}
	events := b.Functions.Events()
	want := "PreAuthentication_Authentication DefineAuthChallenge_Authentication CreateAuthChallenge_Authentication " +
		"VerifyAuthChallengeResponse_Authentication DefineAuthChallenge_Authentication CreateAuthChallenge_Authentication " +
		"VerifyAuthChallengeResponse_Authentication DefineAuthChallenge_Authentication PostAuthentication_Authentication"
	if got := b.Functions.Sources(); got != want {
		t.Errorf("events %s, want %s", got, want)
	}
	last := rounds(events[7])
	if len(last) != 2 || last[0].(obj)["challengeResult"] != false || last[1].(obj)["challengeResult"] != true || last[1].(obj)["challengeName"] != "CUSTOM_CHALLENGE" || last[1].(obj)["challengeMetadata"] != "WORD" {
		t.Errorf("rounds %v", last)
	}
	if len(rounds(events[1])) != 0 {
		t.Errorf("the first rounds: %v, want an empty list", events[1].Request())
	}
}

func TestTheFunctionsEndASignIn(t *testing.T) {
	b := riddle(t, false)
	b.MustUser("alice")
	session := b.ask("alice").Session
	for range 2 {
		out, err := b.say("alice", "wrong", session)
		if err != nil || out.Challenge == nil {
			t.Fatalf("%+v, %v", out, err)
		}
		session = out.Challenge.Session
	}
	_, err := b.say("alice", "wrong", session)
	wantFault(t, "the third wrong word", err, signin.ErrWrongPassword)
}

// A session is used up by a wrong answer, too: else a client could answer the first
// question as often as it likes, and the function would never see a third round.
func TestASessionOfACustomChallengeWorksOnce(t *testing.T) {
	b := riddle(t, false)
	b.MustUser("alice")
	first := b.ask("alice").Session
	if _, err := b.say("alice", "wrong", first); err != nil {
		t.Fatal(err)
	}
	_, err := b.say("alice", "wrong", first)
	wantFault(t, "a second wrong answer", err, signin.ErrSessionUsed)
	_, err = b.say("alice", "sesame", first)
	wantFault(t, "a right answer after it", err, signin.ErrSessionUsed)
}

func TestWrongAnswersOfManySignInsLock(t *testing.T) {
	b := riddle(t, false)
	b.MustUser("alice")
	for range 5 {
		if _, err := b.say("alice", "wrong", b.ask("alice").Session); err != nil {
			t.Fatal(err)
		}
	}
	session := b.ask("alice").Session
	_, err := b.say("alice", "sesame", session)
	wantFault(t, "the right word during a lock", err, credential.ErrLocked)
	b.Advance(2 * time.Second)
	if out, err := b.say("alice", "sesame", session); err != nil || out.Tokens == nil {
		t.Errorf("after the lock: %+v, %v", out, err)
	}
}

func TestCustomAuthWithThePasswordFirst(t *testing.T) {
	b := riddle(t, false)
	b.MustUser("alice")
	b.On(userpool.TriggerDefineAuthChallenge, func(e enginetest.Event) error {
		switch len(rounds(e)) {
		case 1:
			e.Respond("challengeName", "PASSWORD_VERIFIER")
		case 2:
			e.Respond("challengeName", "CUSTOM_CHALLENGE")
		default:
			e.Respond("issueTokens", true)
		}
		return nil
	})
	client := &srp.Client{PoolName: b.Pool.ID.Name(), Password: right.Reveal()}
	srpA, err := client.SRPA()
	if err != nil {
		t.Fatal(err)
	}
	out, err := b.initiate("CUSTOM_AUTH", "USERNAME", "alice", "CHALLENGE_NAME", "SRP_A", "SRP_A", srpA)
	if err != nil || out.Challenge == nil || out.Challenge.Name != signin.PasswordVerifier {
		t.Fatalf("%+v, %v", out, err)
	}
	p := &proof{b: b, client: client, asked: out.Challenge.Parameters}
	p.sign(b.Now())
	out, err = p.answer()
	if err != nil || out.Challenge == nil || out.Challenge.Name != signin.CustomChallenge {
		t.Fatalf("after the password: %+v, %v", out, err)
	}
	out, err = b.say("alice", "sesame", out.Challenge.Session)
	if err != nil || out.Tokens == nil {
		t.Fatalf("after the word: %+v, %v", out, err)
	}
	all := b.Functions.Events()
	last := rounds(all[len(all)-1])
	var names []string
	for _, r := range last {
		names = append(names, r.(obj)["challengeName"].(string))
	}
	if got := strings.Join(names, " "); got != "SRP_A PASSWORD_VERIFIER CUSTOM_CHALLENGE" {
		t.Errorf("rounds %s", got)
	}

	// A wrong password is refused and counted as in every sign-in.
	out, _ = b.initiate("CUSTOM_AUTH", "USERNAME", "alice", "CHALLENGE_NAME", "SRP_A", "SRP_A", srpA)
	client.Password = "wrong"
	p = &proof{b: b, client: client, asked: out.Challenge.Parameters}
	p.sign(b.Now())
	_, err = p.answer()
	wantFault(t, "a wrong password", err, signin.ErrWrongPassword)
	_, err = b.initiate("CUSTOM_AUTH", "USERNAME", "alice", "CHALLENGE_NAME", "SRP_A")
	wantFault(t, "no SRP_A", err, signin.ErrParameter)
}

func TestNobodyIsToldApartByACustomChallenge(t *testing.T) {
	b := riddle(t, true)
	b.MustUser("alice")
	real, fake := b.ask("alice"), b.ask("nobody")
	if len(real.Parameters) != len(fake.Parameters) {
		t.Errorf("%v and %v", real, fake)
	}
	e := b.Functions.Events()
	if last := e[len(e)-1]; last.Request()["userNotFound"] != true || last["userName"] != "nobody" {
		t.Errorf("event %v", last)
	}
	_, err := b.say("nobody", "sesame", fake.Session)
	wantFault(t, "the right word of nobody", err, signin.ErrWrongPassword)
	tells := riddle(t, false)
	_, err = tells.initiate("CUSTOM_AUTH", "USERNAME", "nobody")
	wantFault(t, "a client that tells", err, user.ErrUserNotFound)
	if got := tells.Functions.Sources(); got != "" {
		t.Errorf("the functions were asked: %s", got)
	}
}

func TestUsersWhoMayNotSignInWithCustomAuth(t *testing.T) {
	for name, tt := range map[string]struct {
		edit func(*user.User)
		want error
	}{
		"disabled":    {func(u *user.User) { u.Enabled = false }, signin.ErrDisabled},
		"unconfirmed": {func(u *user.User) { u.Status = user.Unconfirmed }, signin.ErrNotConfirmed},
		"reset":       {func(u *user.User) { u.Status = user.ResetRequired }, signin.ErrResetRequired},
	} {
		b := riddle(t, false)
		b.MustUser("alice")
		b.MustEdit("alice", tt.edit)
		out, err := b.say("alice", "sesame", b.ask("alice").Session)
		if !errors.Is(err, tt.want) || out != nil {
			t.Errorf("%s: %+v, %v, want %v", name, out, err, tt.want)
		}
	}
}

func TestDecisionsThatCannotBe(t *testing.T) {
	b := riddle(t, false)
	b.MustUser("alice")
	for _, name := range []string{"PASSWORD_VERIFIER", "NEW_PASSWORD_REQUIRED", "SMS_MFA", "SOFTWARE_TOKEN_MFA", "MFA_SETUP", "SELECT_MFA_TYPE", "NONSENSE"} {
		b.On(userpool.TriggerDefineAuthChallenge, func(e enginetest.Event) error { e.Respond("challengeName", name); return nil })
		_, err := b.initiate("CUSTOM_AUTH", "USERNAME", "alice")
		wantFault(t, name, err, trigger.ErrOutput)
	}
	b.On(userpool.TriggerDefineAuthChallenge, nothing)
	_, err := b.initiate("CUSTOM_AUTH", "USERNAME", "alice")
	wantFault(t, "no decision", err, trigger.ErrOutput)
	b = riddle(t, false)
	b.MustUser("alice")
	b.On(userpool.TriggerCreateAuthChallenge, func(e enginetest.Event) error {
		e.Respond("privateChallengeParameters", obj{"a": strings.Repeat("x", 2000)})
		return nil
	})
	_, err = b.initiate("CUSTOM_AUTH", "USERNAME", "alice")
	wantFault(t, "private parameters that no session holds", err, trigger.ErrOutput)
}

func TestCustomAuthWithoutFunctions(t *testing.T) {
	b := riddle(t, false)
	b.MustUser("alice")
	const text = "Custom auth lambda trigger is not configured for the user pool."
	for _, missing := range []userpool.Trigger{userpool.TriggerVerifyAuthChallenge, userpool.TriggerCreateAuthChallenge, userpool.TriggerDefineAuthChallenge} {
		b.MustSet(func(s *userpool.Settings) {
			rest := map[userpool.Trigger]string{}
			for name, arn := range s.Triggers.Functions {
				if name != missing {
					rest[name] = arn
				}
			}
			s.Triggers.Functions = rest
		})
		_, err := b.initiate("CUSTOM_AUTH", "USERNAME", "alice")
		if !errors.Is(err, signin.ErrFlowOff) || messageOf(err) != text {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

// The pool's own second factor is not asked: the functions own the sign-in.
func TestNoSecondFactorAfterCustomAuth(t *testing.T) {
	b := riddle(t, false)
	b.MustUser("alice", "email", "alice@example.com", "email_verified", "true")
	b.MustSet(func(s *userpool.Settings) { s.MFA = userpool.MFA{Mode: userpool.MFARequired, Email: true} })
	out, err := b.say("alice", "sesame", b.ask("alice").Session)
	if err != nil || out.Tokens == nil {
		t.Errorf("%+v, %v, want tokens", out, err)
	}
}

func wantFault(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// A function may call an answer right before it looks who answers, as for a picture
// that only people can read. A name that no user has goes on as a user does, and
// never gets tokens.
func TestNobodyGivesARightAnswer(t *testing.T) {
	b := riddle(t, true)
	b.On(userpool.TriggerDefineAuthChallenge, func(e enginetest.Event) error {
		if len(rounds(e)) == 3 {
			e.Respond("issueTokens", true)
			return nil
		}
		e.Respond("challengeName", "CUSTOM_CHALLENGE")
		return nil
	})
	alice := b.MustUser("alice")
	real, fake := b.ask("alice").Session, b.ask("maude").Session
	for range 2 {
		mine, err := b.say("alice", "sesame", real)
		theirs, fakeErr := b.say("maude", "sesame", fake)
		if err != nil || fakeErr != nil || mine.Challenge == nil || theirs.Challenge == nil {
			t.Fatalf("a right word: %v of a user, %v of nobody; want another challenge for both", err, fakeErr)
		}
		real, fake = mine.Challenge.Session, theirs.Challenge.Session
		if len(real) != len(fake) {
			t.Errorf("the session of a user has %d characters, that of nobody %d", len(real), len(fake))
		}
	}
	out, err := b.say("alice", "sesame", real)
	wantTokens(t, "the last word of a user", out, err, alice)
	_, err = b.say("maude", "sesame", fake)
	wantFault(t, "the last word of nobody", err, signin.ErrWrongPassword)
}
