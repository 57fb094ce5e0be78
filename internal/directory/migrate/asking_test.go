package migrate_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/migrate"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/transfer"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// old is the password of users at the source. It breaks the policy here, which does not
// count for somebody who has it already.
const old = "Right-Horse-7"

// asking is a move after which passwords are asked for at the source.
type asking struct {
	*move
	t      *testing.T
	client *types.UserPoolClientType // at the source, and here
	here   *userpool.Client
	pool   *userpool.Pool
	calls  *calls
}

// calls counts the calls to the source by operation, and changes their answers.
type calls struct {
	next http.RoundTripper

	mu     sync.Mutex
	count  map[string]int
	names  []string // that were tried
	change func(operation string, answer *http.Response, body string) (*http.Response, error)
}

func (c *calls) RoundTrip(r *http.Request) (*http.Response, error) {
	operation := r.Header.Get("X-Amz-Target")
	operation = operation[strings.LastIndexByte(operation, '.')+1:]
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(strings.NewReader(string(sent)))
	c.mu.Lock()
	c.count[operation]++
	if _, name, ok := strings.Cut(string(sent), `"USERNAME":"`); ok {
		c.names = append(c.names, name[:strings.IndexByte(name, '"')])
	}
	change := c.change
	c.mu.Unlock()
	answer, err := c.next.RoundTrip(r)
	if err != nil || change == nil {
		return answer, err
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	answer.Body, answer.ContentLength = io.NopCloser(strings.NewReader(string(body))), int64(len(body))
	return change(operation, answer, string(body))
}

// asked returns how often a password was asked for since the last call, and under which
// names.
func (c *calls) asked() (n int, names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, names = c.count["AdminInitiateAuth"]+c.count["InitiateAuth"], c.names
	c.count, c.names = map[string]int{}, nil
	return n, names
}

// saying answers a call to an operation with a status and a body.
func saying(operation string, status int, body string) func(string, *http.Response, string) (*http.Response, error) {
	return func(called string, answer *http.Response, _ string) (*http.Response, error) {
		if called == operation {
			answer.StatusCode, answer.Body = status, io.NopCloser(strings.NewReader(body))
		}
		return answer, nil
	}
}

func newAsking(t *testing.T, changes ...func(*idp.CreateUserPoolClientInput)) *asking {
	m := newMove(t)
	a := &asking{move: m, t: t, calls: &calls{next: m.source.Client.Transport, count: map[string]int{}}}
	m.source.Client = &http.Client{Transport: a.calls, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	m.to.Former.Client = m.source.Client
	a.client = m.fill(t)
	a.client = m.MustClient(append([]func(*idp.CreateUserPoolClientInput){func(in *idp.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
		in.PreventUserExistenceErrors = types.PreventUserExistenceErrorTypesEnabled
	}}, changes...)...)
	return a
}

func (a *asking) takeAsking() (*migrate.Report, error) {
	return migrate.New(migrate.Config{Source: a.source, API: a.api, IDs: a.ids, Told: func(string, int) {},
		Asking: &migrate.Asking{Client: userpool.ClientID(*a.client.ClientId), Asker: a.to.Former, Credentials: a.to.Credentials}}).Take(a.t.Context(), userpool.PoolID(a.Pool))
}

func (a *asking) mustTake() *asking {
	a.t.Helper()
	report := must[*migrate.Report](a.t)(a.takeAsking())
	if report.Waiting != 3 || strings.Contains(strings.Join(report.Left, "\n"), "choose a new password") || strings.Contains(strings.Join(report.Left, "\n"), "second factors") {
		a.t.Errorf("report %+v, want three users whose password is asked for", report)
	}
	a.reload()
	a.calls.asked()
	return a
}

func (a *asking) reload() {
	a.t.Helper()
	a.pool = must[*userpool.Pool](a.t)(a.to.Pools.Pool(a.t.Context(), userpool.PoolID(a.Pool)))
	a.here = must[*userpool.Client](a.t)(a.to.Pools.Client(a.t.Context(), userpool.ClientID(*a.client.ClientId)))
	a.to.Pool = a.pool
}

func (a *asking) user(name string) *user.User {
	a.t.Helper()
	return must[*user.User](a.t)(a.to.Users.Find(a.t.Context(), a.pool, name))
}

func (a *asking) initiate(flow string, pairs ...string) (*signin.Outcome, error) {
	parameters := enginetest.Pairs(pairs...)
	if a.client.ClientSecret != nil {
		parameters["SECRET_HASH"] = userpool.SecretHash(seal.Secret(*a.client.ClientSecret), parameters["USERNAME"], a.here.ID).Reveal()
	}
	return a.to.SignIns.Initiate(a.t.Context(), a.pool, a.here, signin.Initiation{Flow: flow, Parameters: parameters, Admin: strings.HasPrefix(flow, "ADMIN")})
}

func (a *asking) signIn(name, password string) (*signin.Outcome, error) {
	return a.initiate("USER_PASSWORD_AUTH", "USERNAME", name, "PASSWORD", password)
}

func (a *asking) wantForm(name string, want user.PasswordForm) {
	a.t.Helper()
	if u := a.user(name); u.Password == nil || u.Password.Form != want {
		a.t.Errorf("%s has the password %+v, want one of the form %q", name, u.Password, want)
	}
}

func (a *asking) wantErr(what string, err, want error) {
	a.t.Helper()
	if !errors.Is(err, want) {
		a.t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// Each way to show a password proves it at the former pool, once.
func TestAPasswordIsAskedForOnceAtTheFirstSignIn(t *testing.T) {
	for flow, signIn := range map[string]func(a *asking) (*signin.Outcome, error){
		"USER_PASSWORD_AUTH": func(a *asking) (*signin.Outcome, error) { return a.signIn("alice", old) },
		"ADMIN_USER_PASSWORD_AUTH": func(a *asking) (*signin.Outcome, error) {
			return a.initiate("ADMIN_USER_PASSWORD_AUTH", "USERNAME", "alice", "PASSWORD", old)
		},
		"by an alias": func(a *asking) (*signin.Outcome, error) { return a.signIn("alice@example.com", old) },
		"USER_AUTH": func(a *asking) (*signin.Outcome, error) {
			return a.initiate("USER_AUTH", "USERNAME", "alice", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", old)
		},
		"the pages": func(a *asking) (*signin.Outcome, error) {
			return a.to.SignIns.Password(t.Context(), a.pool, a.here, "alice", old, risk.Visit{})
		},
	} {
		t.Run(flow, func(t *testing.T) {
			a := newAsking(t).mustTake()
			before := a.user("alice")
			if before.Status != user.Confirmed {
				t.Errorf("alice is %s, want confirmed", before.Status)
			}
			a.wantForm("alice", user.FormFormer)
			if out, err := signIn(a); err != nil || out.Challenge != nil {
				t.Fatalf("%+v, %v; want alice signed in", out, err)
			}
			a.wantForm("alice", user.FormSRP)
			after := a.user("alice")
			if string(after.Password.Salt) != string(before.Password.Salt) || !after.Modified.Equal(before.Modified) || after.Status != user.Confirmed {
				t.Errorf("alice was %+v and is %+v, want nothing but the password changed", before, after)
			}
			if n, _ := a.calls.asked(); n != 1 {
				t.Errorf("asked %d times, want once", n)
			}
			if out, err := signIn(a); err != nil || out.Challenge != nil {
				t.Fatalf("again: %+v, %v", out, err)
			}
			if n, names := a.calls.asked(); n != 0 {
				t.Errorf("asked again, about %q", names)
			}
			a.wantForm("bob", user.FormFormer)
		})
	}
}

// An app client with a secret, and one that only users may use, can be asked too.
func TestWithWhichClientsPasswordsAreAskedFor(t *testing.T) {
	for name, change := range map[string]func(*idp.CreateUserPoolClientInput){
		"with a secret": gatetest.Confidential,
		"for users": func(in *idp.CreateUserPoolClientInput) {
			in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
		},
		"that tells who exists": func(in *idp.CreateUserPoolClientInput) {
			in.PreventUserExistenceErrors = types.PreventUserExistenceErrorTypesLegacy
		},
	} {
		a := newAsking(t, change).mustTake()
		if _, err := a.to.SignIns.Password(t.Context(), a.pool, a.here, "alice", old, risk.Visit{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		a.wantForm("alice", user.FormSRP)
	}
}

// Nothing is made if the source cannot be asked as the operator says.
func TestWhichSourcesAreNotAsked(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(a *asking)
		says string
	}{
		"a client for SRP": {func(a *asking) {
			a.client = a.MustClient(func(in *idp.CreateUserPoolClientInput) {
				in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
			})
		}, "allows neither ALLOW_ADMIN_USER_PASSWORD_AUTH nor"},
		"a temporary key": {func(a *asking) { a.source.SessionToken = "token" }, "temporary"},
		"plain http":      {func(a *asking) { a.source.Endpoint = "http://cognito.example.com" }, "https only"},
		"a refusal": {func(a *asking) {
			a.calls.change = saying("AdminInitiateAuth", 400, `{"__type":"AccessDeniedException","message":"not authorized to perform: cognito-idp:AdminInitiateAuth"}`)
		}, "not authorized to perform: cognito-idp:AdminInitiateAuth"},
		"another secret": {func(a *asking) {
			a.calls.change = saying("AdminInitiateAuth", 400, `{"__type":"NotAuthorizedException","message":"Unable to verify secret hash for client x"}`)
		}, "Unable to verify secret hash"},
	} {
		a := newAsking(t)
		tt.do(a)
		_, err := a.takeAsking()
		a.wantErr(name, err, migrate.ErrAsking)
		if err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", name, err, tt.says)
		}
		if _, err := a.to.Pools.Pool(t.Context(), userpool.PoolID(a.Pool)); !errors.Is(err, userpool.ErrPoolNotFound) {
			t.Errorf("%s: the pool was made: %v", name, err)
		}
	}
}

// Guesses are counted and locked here, before they reach the former pool, and nobody who
// has no password there is locked there.
func TestGuessesAtTheFormerPoolLockHere(t *testing.T) {
	a := newAsking(t).mustTake()
	for range 5 {
		_, err := a.signIn("alice", "Guess-Horse-7")
		a.wantErr("a guess", err, signin.ErrWrongPassword)
	}
	if n, names := a.calls.asked(); n != 5 || names[0] != "alice" {
		t.Errorf("asked %d times, about %q; want five times about alice", n, names)
	}
	_, err := a.signIn("alice", old)
	a.wantErr("the right password during the lock", err, credential.ErrLocked)
	if n, _ := a.calls.asked(); n != 0 {
		t.Errorf("asked %d times during the lock", n)
	}
	a.wantForm("alice", user.FormFormer)
}

// The same number of questions, and the same answers, for those who wait, those who have
// signed in, and those who do not exist.
func TestAFormerPoolDoesNotTellWhoExists(t *testing.T) {
	a := newAsking(t).mustTake()
	if _, err := a.signIn("bob", old); err != nil {
		t.Fatal(err)
	}
	a.calls.asked()
	for _, name := range []string{"alice", "bob", "nobody"} {
		_, err := a.signIn(name, "Guess-Horse-7")
		a.wantErr(name, err, signin.ErrWrongPassword)
		n, names := a.calls.asked()
		if n != 1 || name != "alice" && (names[0] == name || len(names[0]) != 36) {
			t.Errorf("%s: asked %d times about %q; want one question, about a name that nobody has", name, n, names)
		}
	}
	a.calls.change = saying("AdminInitiateAuth", 503, "")
	for _, name := range []string{"alice", "bob", "nobody"} {
		_, err := a.signIn(name, "Guess-Horse-7")
		a.wantErr(name+", while it is away", err, credential.ErrFormerAway)
	}
	if _, err := a.signIn("bob", old); err != nil {
		t.Errorf("somebody who has signed in, while it is away: %v", err)
	}
}

// What is no answer about the password is said as such, and the user goes on to wait.
func TestAFormerPoolThatDoesNotAnswer(t *testing.T) {
	for name, change := range map[string]func(string, *http.Response, string) (*http.Response, error){
		"no connection":    func(string, *http.Response, string) (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
		"busy":             saying("AdminInitiateAuth", 400, `{"__type":"TooManyRequestsException","message":"Rate exceeded"}`),
		"broken":           saying("AdminInitiateAuth", 200, `{`),
		"empty":            saying("AdminInitiateAuth", 200, ``),
		"a list":           saying("AdminInitiateAuth", 200, `[{"AuthenticationResult":{"AccessToken":"x"}}]`),
		"nothing":          saying("AdminInitiateAuth", 200, `{"AuthenticationResult":{}}`),
		"long":             saying("AdminInitiateAuth", 200, `{"AuthenticationResult":{"AccessToken":"`+strings.Repeat("x", 1<<20)+`"}}`),
		"no password":      saying("AdminInitiateAuth", 200, `{"ChallengeName":"CUSTOM_CHALLENGE","Session":"s"}`),
		"an open question": saying("AdminInitiateAuth", 200, `{"ChallengeName":"PASSWORD_VERIFIER","Session":"s"}`),
		"a redirect": func(_ string, answer *http.Response, _ string) (*http.Response, error) {
			answer.StatusCode, answer.Header = http.StatusTemporaryRedirect, http.Header{"Location": {"http://127.0.0.1:1/"}}
			return answer, nil
		},
		"the client is gone": saying("AdminInitiateAuth", 400, `{"__type":"ResourceNotFoundException","message":"User pool client does not exist."}`),
		"the key is gone":    saying("AdminInitiateAuth", 400, `{"__type":"UnrecognizedClientException","message":"The security token is invalid."}`),
		"no word of the sub": saying("AdminGetUser", 400, `{"__type":"AccessDeniedException","message":"no"}`),
	} {
		t.Run(name, func(t *testing.T) {
			a := newAsking(t).mustTake()
			a.calls.change = change
			_, err := a.signIn("alice", old)
			a.wantErr("the password", err, credential.ErrFormerAway)
			a.wantForm("alice", user.FormFormer)
			a.calls.change = nil
			if _, err := a.signIn("alice", old); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// While nobody answers, tries lock those who wait, those who have signed in and those
// who do not exist alike.
func TestAnOutageDoesNotTellWhoWaits(t *testing.T) {
	a := newAsking(t).mustTake()
	if _, err := a.signIn("bob", old); err != nil {
		t.Fatal(err)
	}
	a.calls.change = saying("AdminInitiateAuth", 503, "")
	for _, name := range []string{"alice", "bob", "nobody"} {
		for range 5 {
			_, err := a.signIn(name, "Guess-Horse-7")
			a.wantErr(name, err, credential.ErrFormerAway)
		}
		_, err := a.signIn(name, "Guess-Horse-7")
		a.wantErr(name+", the sixth time", err, credential.ErrLocked)
	}
}

// Whom the former pool refuses is refused here, and can choose a password with a code.
func TestWhomTheFormerPoolRefuses(t *testing.T) {
	refusing := func(name, text string) func(*asking) {
		return func(a *asking) {
			a.calls.change = saying("AdminInitiateAuth", 400, `{"__type":"`+name+`","message":"`+text+`"}`)
		}
	}
	for name, do := range map[string]func(*asking){
		"disabled": func(a *asking) {
			must[*idp.AdminDisableUserOutput](a.t)(a.API.AdminDisableUser(a.t.Context(), &idp.AdminDisableUserInput{UserPoolId: &a.Pool, Username: aws.String("alice")}))
		},
		"deleted": func(a *asking) {
			must[*idp.AdminDeleteUserOutput](a.t)(a.API.AdminDeleteUser(a.t.Context(), &idp.AdminDeleteUserInput{UserPoolId: &a.Pool, Username: aws.String("alice")}))
		},
		"made anew by somebody else": func(a *asking) {
			must[*idp.AdminDeleteUserOutput](a.t)(a.API.AdminDeleteUser(a.t.Context(), &idp.AdminDeleteUserInput{UserPoolId: &a.Pool, Username: aws.String("alice")}))
			a.MustUser("alice")
		},
		"of another sub, behind a challenge": func(a *asking) {
			a.calls.change = func(called string, answer *http.Response, body string) (*http.Response, error) {
				switch called {
				case "AdminInitiateAuth":
					body = `{"ChallengeName":"SOFTWARE_TOKEN_MFA","Session":"s"}`
				case "AdminGetUser":
					body = `{"Username":"alice","UserAttributes":[{"Name":"sub","Value":"11111111-1111-1111-1111-111111111111"}]}`
				}
				answer.Body = io.NopCloser(strings.NewReader(body))
				return answer, nil
			}
		},
		"unconfirmed":           refusing("UserNotConfirmedException", "User is not confirmed."),
		"to be reset":           refusing("PasswordResetRequiredException", "Password reset required for the user"),
		"refused by a function": refusing("UserLambdaValidationException", "PreAuthentication failed with error no."),
		"blocked":               refusing("NotAuthorizedException", "Request not allowed due to security reasons."),
	} {
		t.Run(name, func(t *testing.T) {
			a := newAsking(t).mustTake()
			do(a)
			for range 5 {
				_, err := a.signIn("alice", old)
				a.wantErr("the password", err, signin.ErrWrongPassword)
			}
			_, err := a.signIn("alice", old)
			a.wantErr("the sixth time", err, credential.ErrLocked)
			a.wantForm("alice", user.FormFormer)
			if _, err := a.to.Accounts.ForgotPassword(t.Context(), a.pool, a.here, "alice", nil, risk.Visit{}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A lock at the former pool says nothing about the password. It is answered as a wrong
// one: a name that nobody has is never locked there.
func TestALockAtTheFormerPool(t *testing.T) {
	a := newAsking(t).mustTake()
	a.calls.change = saying("AdminInitiateAuth", 400, `{"__type":"NotAuthorizedException","message":"Password attempts exceeded"}`)
	_, err := a.signIn("alice", old)
	a.wantErr("during the lock", err, signin.ErrWrongPassword)
	a.calls.change = nil
	if _, err := a.signIn("alice", old); err != nil {
		t.Errorf("after the lock: %v", err)
	}
}

// A password that must be changed at the former pool must be changed here.
func TestATemporaryPasswordOfTheFormerPool(t *testing.T) {
	a := newAsking(t)
	a.MustInvite("erin")
	must[*migrate.Report](t)(a.takeAsking())
	a.reload()
	must[*idp.AdminSetUserPasswordOutput](t)(a.API.AdminSetUserPassword(t.Context(), &idp.AdminSetUserPasswordInput{UserPoolId: &a.Pool, Username: aws.String("bob"), Password: aws.String("Next-Horse-7")}))
	for name, password := range map[string]string{"erin": old, "bob": "Next-Horse-7"} { // before the move, and since
		out, err := a.signIn(name, password)
		if err != nil || out.Challenge == nil || out.Challenge.Name != signin.NewPasswordRequired {
			t.Fatalf("%s: %+v, %v; want to choose a password", name, out, err)
		}
		if u := a.user(name); u.Status != user.ForceChangePassword || u.Password.Form != user.FormSRP || !u.Password.Expires.Equal(a.Now().Add(a.pool.Settings.PasswordPolicy.TemporaryValidity())) {
			t.Errorf("%s is %s with %+v, want a temporary password", name, u.Status, u.Password)
		}
		out, err = a.to.SignIns.Respond(t.Context(), a.pool, a.here, signin.Response{Challenge: signin.NewPasswordRequired, Session: out.Challenge.Session,
			Answers: enginetest.Pairs("USERNAME", name, "NEW_PASSWORD", "Other-Horse-8")})
		if err != nil || out.Tokens == nil {
			t.Errorf("%s chooses a password: %+v, %v", name, out, err)
		}
	}
	must[*idp.AdminSetUserPasswordOutput](t)(a.API.AdminSetUserPassword(t.Context(), &idp.AdminSetUserPasswordInput{UserPoolId: &a.Pool, Username: aws.String("erin"), Password: aws.String(old), Permanent: true}))
	a.to.MustEdit("erin", func(u *user.User) {
		u.Password = must[*user.Password](t)(a.to.Credentials.KeepFormer(a.pool, u))
		u.Status = user.ForceChangePassword
	})
	if out, err := a.signIn("erin", old); err != nil || out.Tokens == nil {
		t.Errorf("who has chosen a password there since: %+v, %v; want tokens", out, err)
	}
}

// Nobody gets in with the password alone whom the former pool asks for more.
func TestSecondFactorsOfTheFormerPool(t *testing.T) {
	for name, tt := range map[string]struct {
		challenge, list string
		status          user.Status
		want            user.MFA
		asks            string
		err             error
	}{
		"codes by SMS":                 {"SMS_MFA", `"SMS_MFA"`, user.Confirmed, user.MFA{SMS: true}, "SMS_MFA", nil},
		"codes by SMS, an old way":     {"SMS_MFA", ``, user.Confirmed, user.MFA{SMS: true}, "SMS_MFA", nil},
		"a choice":                     {"SELECT_MFA_TYPE", `"SMS_MFA","SOFTWARE_TOKEN_MFA"`, user.Confirmed, user.MFA{SMS: true}, "SMS_MFA", nil},
		"an app":                       {"SOFTWARE_TOKEN_MFA", `"SOFTWARE_TOKEN_MFA"`, user.ResetRequired, user.MFA{TOTP: true}, "", signin.ErrResetRequired},
		"an app, a temporary password": {"NEW_PASSWORD_REQUIRED", `"SOFTWARE_TOKEN_MFA"`, user.ResetRequired, user.MFA{TOTP: true}, "", signin.ErrResetRequired},
		"none yet":                     {"MFA_SETUP", ``, user.Confirmed, user.MFA{}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAsking(t).mustTake()
			must[*userpool.Pool](t)(a.to.Pools.UpdatePool(t.Context(), a.pool.ID, func(p *userpool.Pool) error {
				p.Settings.MFA.SMS, p.Settings.SMS = true, &userpool.SMSConfiguration{CallerARN: "arn:aws:iam::000000000000:role/sms"}
				return nil
			}))
			a.reload()
			a.to.MustEdit("alice", func(u *user.User) {
				u.Attributes["phone_number"], u.Attributes["phone_number_verified"] = "+15550001111", "true"
			})
			sub := string(a.user("alice").Sub)
			a.calls.change = func(called string, answer *http.Response, body string) (*http.Response, error) {
				switch called {
				case "AdminInitiateAuth":
					body = `{"ChallengeName":"` + tt.challenge + `","Session":"s"}`
				case "AdminGetUser":
					body = `{"UserAttributes":[{"Name":"sub","Value":"` + sub + `"}],"UserMFASettingList":[` + tt.list + `]}`
				}
				answer.Body = io.NopCloser(strings.NewReader(body))
				return answer, nil
			}
			out, err := a.signIn("alice", old)
			a.wantErr("the sign-in", err, tt.err)
			asks := ""
			if out != nil && out.Challenge != nil {
				asks = out.Challenge.Name
			}
			if u := a.user("alice"); u.Status != tt.status || u.Security.MFA != tt.want || asks != tt.asks || u.Password.Form != user.FormSRP {
				t.Errorf("alice is %s with %+v and is asked %q; want %s with %+v, asked %q", u.Status, u.Security.MFA, asks, tt.status, tt.want, tt.asks)
			}
		})
	}
}

// Several first sign-ins at once end as if one after the other.
func TestFirstSignInsAtOnce(t *testing.T) {
	a := newAsking(t).mustTake()
	var all sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		all.Go(func() { _, errs[i] = a.signIn("alice", old) })
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("sign-in %d: %v", i, err)
		}
	}
	a.wantForm("alice", user.FormSRP)
	if _, err := a.signIn("alice", old); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A process that ends between the answer and the write has done nothing.
func TestAProofThatIsNotWrittenIsNone(t *testing.T) {
	a := newAsking(t).mustTake()
	ctx, cancel := context.WithCancel(t.Context())
	a.calls.change = func(called string, answer *http.Response, _ string) (*http.Response, error) {
		if called == "AdminGetUser" {
			cancel()
		}
		return answer, nil
	}
	_, err := a.to.SignIns.Password(ctx, a.pool, a.here, "alice", old, risk.Visit{})
	if err == nil {
		t.Error("a sign-in that nothing was written of")
	}
	a.wantForm("alice", user.FormFormer)
	a.calls.change = nil
	if _, err := a.signIn("alice", old); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A password that is chosen, or set, while the former pool answers is the one that counts.
func TestAPasswordThatIsSetDuringTheQuestion(t *testing.T) {
	a := newAsking(t).mustTake()
	a.calls.change = func(called string, answer *http.Response, _ string) (*http.Response, error) {
		if called == "AdminGetUser" {
			if err := a.to.Accounts.SetPassword(t.Context(), a.pool, "alice", "Other-Horse-8", true); err != nil {
				t.Error(err)
			}
		}
		return answer, nil
	}
	_, err := a.signIn("alice", old)
	a.wantErr("the old password", err, signin.ErrWrongPassword)
	if _, err := a.signIn("alice", "Other-Horse-8"); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

// SRP cannot prove a password that nobody has here, and is no question.
func TestSRPIsNotAsked(t *testing.T) {
	a := newAsking(t).mustTake()
	out, err := a.initiate("USER_SRP_AUTH", "USERNAME", "alice", "SRP_A", strings.Repeat("ab", 300))
	if err != nil || out.Challenge == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	if n, _ := a.calls.asked(); n != 0 {
		t.Errorf("asked %d times", n)
	}
}

// Asking ends with a command, after which users choose a password with a code.
func TestTheEndOfAsking(t *testing.T) {
	a := newAsking(t).mustTake()
	newcomers := transfer.NewNewcomers(transfer.NewcomersConfig{Pools: a.to.Pools, Users: a.to.Users, Credentials: a.to.Credentials})
	if _, err := a.signIn("alice", old); err != nil {
		t.Fatal(err)
	}
	if n, err := newcomers.Waiting(t.Context(), a.pool.ID, user.FormFormer); err != nil || n != 2 {
		t.Errorf("%d users wait, %v; want two", n, err)
	}
	for _, want := range []int{2, 0} {
		if n, err := newcomers.End(t.Context(), a.pool.ID, user.FormFormer); err != nil || n != want {
			t.Errorf("%d users had not signed in, %v; want %d", n, err, want)
		}
	}
	a.reload()
	if a.pool.Settings.Former != nil {
		t.Errorf("the pool has %+v", a.pool.Settings.Former)
	}
	a.calls.asked()
	_, err := a.signIn("bob", old)
	a.wantErr("bob", err, signin.ErrWrongPassword)
	if n, _ := a.calls.asked(); n != 0 {
		t.Errorf("asked %d times after the end", n)
	}
	if u := a.user("bob"); u.Password != nil || u.Status != user.ResetRequired {
		t.Errorf("bob is %s with %+v", u.Status, u.Password)
	}
	if _, err := a.signIn("alice", old); err != nil {
		t.Errorf("alice: %v", err)
	}
}

// Users who came without passwords can be asked about later, if nothing has happened to
// them here.
func TestAskingBeginsLater(t *testing.T) {
	a := newAsking(t)
	must[*migrate.Report](t)(a.take(t))
	a.reload()
	a.Advance(time.Second)
	a.to.MustEdit("bob", func(u *user.User) { u.Attributes["name"] = "Bob" })
	report := must[*migrate.Report](t)(a.takeAsking())
	if report.Waiting != 2 || a.user("bob").Password != nil {
		t.Errorf("report %+v, bob %+v; want alice and dora to be asked about", report, a.user("bob").Password)
	}
	a.wantForm("alice", user.FormFormer)
}

// Who may change the settings of a pool neither ends the asking nor leads it elsewhere.
func TestAnUpdateOfThePoolKeepsTheAsking(t *testing.T) {
	a := newAsking(t).mustTake()
	before := *a.pool.Settings.Former
	if err := a.to.Pools.ReplaceSettings(t.Context(), a.pool.ID, nil, nil, userpool.Settings{Former: &userpool.FormerPool{Endpoint: "https://evil.example.com"}}); err != nil {
		t.Fatal(err)
	}
	a.reload()
	if got := a.pool.Settings.Former; got == nil || got.Endpoint != before.Endpoint {
		t.Errorf("the pool asks %+v, want %+v", got, before)
	}
}

// Nothing that the database or an export holds shows the secrets of the former pool.
func TestTheSecretsOfAFormerPoolStayHere(t *testing.T) {
	a := newAsking(t, gatetest.Confidential).mustTake()
	for _, secret := range []string{a.Secret.Reveal(), *a.client.ClientSecret} {
		if strings.Contains(string(a.pool.Settings.Former.Sealed), secret) {
			t.Error("a secret is not sealed")
		}
	}
	var file strings.Builder
	exports := transfer.New(transfer.Config{Store: a.to.Store, Sealer: a.to.Sealer, Now: a.Now, CheckDomain: func(*userpool.Domain) error { return nil }, Version: "test"})
	if _, err := exports.Export(t.Context(), a.pool.ID, &file, func(string, int) {}); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{`"Former"`, a.Key.ID, a.Secret.Reveal()} {
		if strings.Contains(file.String(), word) {
			t.Errorf("the export has %s", seal.Secret(word))
		}
	}
	p := must[*userpool.Pool](t)(a.to.Pools.Pool(t.Context(), a.pool.ID))
	if p.Settings.Former == nil {
		t.Error("the export has ended the asking")
	}
}

// A client that registered itself there does not come as one of the owner's.
func TestAClientThatRegisteredItselfStaysThere(t *testing.T) {
	a := newAsking(t)
	a.calls.change = func(operation string, answer *http.Response, _ string) (*http.Response, error) {
		if operation != "DescribeUserPoolClient" {
			return answer, nil
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body = io.NopCloser(strings.NewReader(strings.Replace(string(body), "REGULAR", "DCR", 1)))
		return answer, err
	}
	report := must[*migrate.Report](t)(migrate.New(migrate.Config{Source: a.source, API: a.api, IDs: a.ids, Told: func(string, int) {}}).Take(t.Context(), userpool.PoolID(a.Pool)))
	if report.Clients != 0 || !strings.Contains(strings.Join(report.Left, "\n"), "it registered itself") {
		t.Errorf("report %+v, want no client, and why", report)
	}
	if _, err := a.to.Pools.Client(t.Context(), userpool.ClientID(*a.client.ClientId)); !errors.Is(err, userpool.ErrClientNotFound) {
		t.Errorf("the client is here: %v", err)
	}
}
