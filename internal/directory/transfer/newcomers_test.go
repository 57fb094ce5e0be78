package transfer_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/transfer"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// The hashes of "Right-Horse-7" by libxcrypt and Python's hashlib.
const (
	bcryptHash = "$2b$04$abcdefghijklmnopqrstuuuVjXUoGhLtiRo9YOL6G5n8Br1iF/1na"
	djangoHash = "pbkdf2_sha256$1000$seasalt2$BQkhhoJfkFstsWcCmxpVaLtQZc8xf5UjvcQ1nb4Dv2I="
	scryptHash = "$scrypt$ln=10,r=8,p=2$AAECAwQFBgcICQoLDA0ODw$elFtGgnCYM/kO1BqBSL0RcNh4S2zmYlm6K3uONJigQw"
)

// arrivals is a pool to which users of another system come.
type arrivals struct {
	*enginetest.Directory
	t         *testing.T
	newcomers *transfer.Newcomers
	client    *userpool.Client
}

func newArrivals(t *testing.T, s userpool.Settings) *arrivals {
	d := enginetest.New(t, s)
	a := &arrivals{Directory: d, t: t, client: d.MustClient(userpool.ClientSettings{HideUserExistence: true})}
	a.newcomers = transfer.NewNewcomers(transfer.NewcomersConfig{Pools: d.Pools, Users: d.Users, Credentials: d.Credentials})
	for _, group := range []string{"admins", "staff"} {
		if _, err := d.Users.CreateGroup(t.Context(), user.Group{Pool: d.Pool.ID, Name: group}); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// add imports a file. It returns the refused lines, in their order.
func (a *arrivals) add(file string, isCSV bool) (transfer.Added, []string) {
	a.t.Helper()
	var refused []string
	added, err := a.newcomers.AddAll(a.t.Context(), a.Pool.ID, strings.NewReader(file), isCSV, func(string, int) {}, func(line int, err error) {
		refused = append(refused, fmt.Sprintf("%02d %v", line, err))
	})
	if err != nil {
		a.t.Fatal(err)
	}
	a.reload()
	return added, refused
}

// Of a file that is not UTF-8, other characters took the place of those that could not
// be read, and nobody was told.
func TestLinesThatAreNoText(t *testing.T) {
	a := newArrivals(t, userpool.Settings{})
	const notText, noValue = "The line is not valid UTF-8.", "Attribute value is not valid UTF-8, or has a NUL character."
	for name, test := range map[string]struct {
		file  string
		isCSV bool
		want  string
	}{
		"CSV":              {"username,name\nbob,M\xfcller\n", true, "02 user_record: " + notText},
		"JSON":             {"{\"username\":\"bob\",\"attributes\":{\"name\":\"M\xfcller\"}}\n", false, "01 user_record: " + notText},
		"NUL in CSV":       {"username,name\nbob,M\x00ller\n", true, noValue},
		"NUL in JSON":      {`{"username":"bob","attributes":{"name":"M\u0000ller"}}`, false, noValue},
		"NUL in the name":  {`{"username":"b\u0000b"}`, false, "01 "},
		"NUL in the group": {`{"username":"bob","groups":["st\u0000aff"]}`, false, "01 "},
	} {
		added, refused := a.add(test.file, test.isCSV)
		if added.Made != 0 || len(refused) != 1 || !strings.Contains(refused[0], test.want) {
			t.Errorf("%s: %+v, %q; want one line refused with %q", name, added, refused, test.want)
		}
	}
	if n, err := a.Users.Count(t.Context(), a.Pool.ID); n != 0 || err != nil {
		t.Errorf("%d users, %v; want none", n, err)
	}
}

// Many users are added at once, and the first line that is slow came last.
func TestRefusedLinesComeInTheirOrder(t *testing.T) {
	a := newArrivals(t, userpool.Settings{})
	var file strings.Builder
	var want []string
	for i := range 60 {
		if i%3 == 0 {
			fmt.Fprintf(&file, "{\"username\":\"user%d\",\"password_hash\":%q}\n", i, bcryptHash)
			continue
		}
		fmt.Fprintf(&file, "{\"username\":\"user%d\",\"groups\":[\"none%d\"]}\n", i, i)
		want = append(want, fmt.Sprintf("%02d group_not_found: The pool has no group \"none%d\": make it first.", i+1, i))
	}
	added, refused := a.add(file.String(), false)
	if added != (transfer.Added{Made: 20, Refused: 40}) {
		t.Errorf("got %+v", added)
	}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Errorf("the refused lines (-want +got):\n%s", diff)
	}
}

func (a *arrivals) mustAdd(file string, isCSV bool) {
	a.t.Helper()
	if _, refused := a.add(file, isCSV); refused != nil {
		a.t.Fatalf("refused %q", refused)
	}
}

func (a *arrivals) reload() {
	a.t.Helper()
	p, err := a.Pools.Pool(a.t.Context(), a.Pool.ID)
	if err != nil {
		a.t.Fatal(err)
	}
	a.Pool = p
}

func (a *arrivals) signIn(name string, password seal.Secret) (*signin.Outcome, error) {
	return a.SignIns.Initiate(a.t.Context(), a.Pool, a.client, signin.Initiation{Flow: "USER_PASSWORD_AUTH", Parameters: enginetest.Pairs("USERNAME", name, "PASSWORD", password.Reveal())})
}

func (a *arrivals) mustSignIn(name string, password seal.Secret) {
	a.t.Helper()
	if out, err := a.signIn(name, password); err != nil || out.Tokens == nil {
		a.t.Errorf("sign-in of %s: %+v, %v; want tokens", name, out, err)
	}
}

func (a *arrivals) wantWrong(name string, password seal.Secret) {
	a.t.Helper()
	if out, err := a.signIn(name, password); !errors.Is(err, signin.ErrWrongPassword) {
		a.t.Errorf("sign-in of %s with another password: %+v, %v; want %v", name, out, err, signin.ErrWrongPassword)
	}
}

// srp signs in with SRP as far as the proof, and returns its error and the salt.
func (a *arrivals) srp(name string, password seal.Secret) (salt string, err error) {
	a.t.Helper()
	client := &srp.Client{PoolName: a.Pool.ID.Name(), Password: password.Reveal()}
	public, err := client.SRPA()
	if err != nil {
		a.t.Fatal(err)
	}
	out, err := a.SignIns.Initiate(a.t.Context(), a.Pool, a.client, signin.Initiation{Flow: "USER_SRP_AUTH", Parameters: enginetest.Pairs("USERNAME", name, "SRP_A", public)})
	if err != nil {
		a.t.Fatal(err)
	}
	asked := out.Challenge.Parameters
	block, err := base64.StdEncoding.DecodeString(asked["SECRET_BLOCK"])
	if err != nil {
		a.t.Fatal(err)
	}
	client.UserID = asked["USER_ID_FOR_SRP"]
	claim, err := client.Prove(asked["SALT"], asked["SRP_B"], block, a.Now())
	if err != nil {
		a.t.Fatal(err)
	}
	_, err = a.SignIns.Respond(a.t.Context(), a.Pool, a.client, signin.Response{Challenge: signin.PasswordVerifier, Answers: enginetest.Pairs(
		"USERNAME", asked["USER_ID_FOR_SRP"], "PASSWORD_CLAIM_SECRET_BLOCK", asked["SECRET_BLOCK"], "PASSWORD_CLAIM_SIGNATURE", claim.Signature, "TIMESTAMP", claim.Timestamp)})
	return asked["SALT"], err
}

func TestPasswordsOfOtherSystemsAreProvedOnceAndThenOurs(t *testing.T) {
	a := newArrivals(t, userpool.Settings{CaseInsensitive: true})
	a.mustAdd(`{"username":"Alice","password_hash":"`+bcryptHash+`"}`, false)
	before := a.MustFind("alice")
	if before.Status != user.Confirmed || before.Password.Form != user.FormHash || strings.Contains(string(before.Password.Sealed), "$2b$") {
		t.Fatalf("alice %+v, want a confirmed user with a sealed hash", before)
	}
	a.wantWrong("alice", "Wrong-Horse-7")
	salt, err := a.srp("alice", enginetest.Password)
	if !errors.Is(err, signin.ErrWrongPassword) {
		t.Errorf("SRP before the first sign-in: %v, want %v", err, signin.ErrWrongPassword)
	}
	if got := a.MustFind("alice"); got.Password.Form != user.FormHash {
		t.Errorf("the form after wrong tries: %q, want %q", got.Password.Form, user.FormHash)
	}
	a.mustSignIn("ALICE", enginetest.Password)
	after := a.MustFind("alice")
	if after.Password.Form != user.FormSRP || string(after.Password.Salt) != string(before.Password.Salt) || !after.Modified.Equal(before.Modified) || !after.Password.Set.Equal(before.Password.Set) {
		t.Errorf("alice %+v, want a verifier with the salt from before, and no change otherwise", after)
	}
	a.mustSignIn("alice", enginetest.Password)
	a.wantWrong("alice", "Wrong-Horse-7")
	again, err := a.srp("alice", enginetest.Password)
	if err != nil || again != salt {
		t.Errorf("SRP after the first sign-in: %v, salt %s, want %s", err, again, salt)
	}
	if former, err := a.Store.FormerPasswords(t.Context(), a.Pool.ID, after.Sub, 10); err != nil || len(former) != 0 {
		t.Errorf("former passwords %v, %v; want none: it is the same password", former, err)
	}
}

// A password that replaces a hash ends it, however it comes.
func TestAReplacedHashIsWorthNothing(t *testing.T) {
	policy := userpool.DefaultPasswordPolicy()
	policy.HistorySize = 3
	for name, replace := range map[string]func(*arrivals) error{
		"an administrator": func(a *arrivals) error {
			return a.Accounts.SetPassword(t.Context(), a.Pool, "alice", "Other-Horse-8", true)
		},
		"no password any more": func(a *arrivals) error {
			a.MustEdit("alice", func(u *user.User) { u.Password, u.Security.PasswordOff = nil, true })
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newArrivals(t, userpool.Settings{PasswordPolicy: policy})
			a.mustAdd(`{"username":"alice","password_hash":"`+djangoHash+`"}`, false)
			if err := replace(a); err != nil {
				t.Fatal(err)
			}
			a.wantWrong("alice", enginetest.Password)
		})
	}
	a := newArrivals(t, userpool.Settings{PasswordPolicy: policy})
	a.mustAdd(`{"username":"alice","password_hash":"`+djangoHash+`"}`, false)
	set := func(password seal.Secret) error {
		return a.Accounts.SetPassword(t.Context(), a.Pool, "alice", password, true)
	}
	if err := set(enginetest.Password); !errors.Is(err, credential.ErrPasswordReused) {
		t.Errorf("the password of the hash again: %v, want %v", err, credential.ErrPasswordReused)
	}
	if err := set("Other-Horse-8"); err != nil {
		t.Fatal(err)
	}
	if err := set(enginetest.Password); !errors.Is(err, credential.ErrPasswordReused) {
		t.Errorf("the password of a former hash: %v, want %v", err, credential.ErrPasswordReused)
	}
}

// Sign-ins at once replace the hash once, and a password that was set meanwhile stays.
func TestAHashIsReplacedBesideOtherChanges(t *testing.T) {
	a := newArrivals(t, userpool.Settings{})
	a.mustAdd(`{"username":"alice","password_hash":"`+bcryptHash+`"}`, false)
	stale := a.MustFind("alice")
	if err := a.Accounts.SetPassword(t.Context(), a.Pool, "alice", "Other-Horse-8", true); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Credentials.Matches(t.Context(), a.Pool, stale, "alice", enginetest.Password); err != nil {
		t.Fatal(err)
	}
	a.wantWrong("alice", enginetest.Password)
	a.mustSignIn("alice", "Other-Horse-8")
	if _, err := a.Credentials.Matches(t.Context(), a.Pool, stale, "alice", enginetest.Password); err != nil {
		t.Fatal(err)
	}
	a.mustSignIn("alice", "Other-Horse-8")
}

// Whoever asks with a wrong password causes the same work: one hash of each form.
func TestWrongPasswordsCostTheSame(t *testing.T) {
	a := newArrivals(t, userpool.Settings{})
	a.mustAdd(`{"username":"alice","password_hash":"`+bcryptHash+`"}`+"\n"+`{"username":"bob","password_hash":"`+scryptHash+`"}`, false)
	a.MustUser("carol")
	if got := a.Pool.Settings.ForeignHashes; len(got) != 2 {
		t.Fatalf("forms %q, want two", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range []string{"alice", "bob", "carol", ""} {
		var u *user.User
		if name != "" {
			u = a.MustFind(name)
		}
		// A check that must wait for room ends with its request, so an ended one tells
		// that there was a check of a hash.
		if _, err := a.Credentials.Matches(ended, a.Pool, u, name, "Wrong-Horse-7"); !errors.Is(err, context.Canceled) {
			t.Errorf("a wrong password of %q: %v, want the check of a hash", name, err)
		}
	}
	if ok, err := a.Credentials.Matches(ended, a.Pool, a.MustFind("carol"), "carol", enginetest.Password); !ok || err != nil {
		t.Errorf("a right password of our own: %t, %v; want no more work", ok, err)
	}
	a.MustSet(func(s *userpool.Settings) { s.ForeignHashes = []string{"md5"} })
	a.reload()
	if _, err := a.signIn("carol", "Wrong-Horse-7"); err == nil || errors.Is(err, signin.ErrWrongPassword) {
		t.Errorf("a form that nobody knows: %v, want a failure", err)
	}
}

func TestUsersFromFiles(t *testing.T) {
	const jsonFile = `{"username":"alice","attributes":{"email":"alice@example.com","email_verified":"true"},"groups":["admins","staff"],"password_hash":"` + bcryptHash + `"}

{"username":"bob","keycloak":{"credentialData":"{\"hashIterations\":1000,\"algorithm\":\"pbkdf2-sha256\"}","secretData":"{\"value\":\"vPX9JkhRgRP7btnkld4njR6L9jJk71xXQguUIVX4aww=\",\"salt\":\"AAECAwQFBgcICQoLDA0ODw==\"}"}}
{"username":"carol","custom_password_hash":{"algorithm":"bcrypt","hash":{"value":"` + bcryptHash + `"}}}
{"username":"dora","enabled":false,"password_hash":"` + bcryptHash + `"}
{"username":"erin","attributes":{"email":"erin@example.com","email_verified":"true"}}`
	const csvFile = "\ufeffusername,email,email_verified,groups,enabled,password_hash\r\n" +
		"alice,alice@example.com,true,admins;staff,," + bcryptHash + "\n" +
		"bob,,,,true," + djangoHash + "\n" +
		"carol,,,,," + bcryptHash + "\n" +
		"dora,,,,false," + bcryptHash + "\n" +
		"erin,erin@example.com,true,,,\n"
	for name, file := range map[string]string{"JSON": jsonFile, "CSV": csvFile} {
		t.Run(name, func(t *testing.T) {
			a := newArrivals(t, userpool.Settings{AliasAttributes: []string{"email"}})
			for range 2 { // the second time changes nothing
				if added, refused := a.add(file, name == "CSV"); added.Made != 5 || refused != nil {
					t.Fatalf("added %+v, refused %q; want five users", added, refused)
				}
			}
			groups, err := a.Users.GroupsOf(t.Context(), a.Pool.ID, a.MustFind("alice").Sub)
			if err != nil || len(groups) != 2 {
				t.Errorf("groups of alice: %v, %v; want two", groups, err)
			}
			for _, name := range []string{"alice@example.com", "bob", "carol"} {
				a.mustSignIn(name, enginetest.Password)
			}
			if out, err := a.signIn("dora", enginetest.Password); err == nil {
				t.Errorf("a disabled user signs in: %+v", out)
			}
			if erin := a.MustFind("erin@example.com"); erin.Status != user.ResetRequired || erin.Password != nil {
				t.Errorf("erin %+v, want one who chooses a password with a code", erin)
			}
		})
	}
}

// A line that gives no user writes nothing, and the lines after it are read.
func TestLinesThatGiveNoUser(t *testing.T) {
	a := newArrivals(t, userpool.Settings{AliasAttributes: []string{"email"}})
	a.MustUser("taken", "email", "taken@example.com", "email_verified", "true")
	hash := `"password_hash":"` + bcryptHash + `"`
	added, refused := a.add(strings.Join([]string{
		`{"username":"a1",` + hash + `,"groups":["nobodies"]}`,
		`{"username":"a2","password_hash":"5f4dcc3b5aa765d61d8327deb882cf99"}`,
		`{"username":"a3","password_hash":"$2b$31$abcdefghijklmnopqrstuuuVjXUoGhLtiRo9YOL6G5n8Br1iF/1na"}`,
		`{"username":"a4","password":"in clear"}`,
		`{"username":"a 5"}`,
		`{"username":"a6","attributes":{"custom:none":"x"}}`,
		`{"username":"taken",` + hash + `}`,
		`{"username":"a8","attributes":{"email":"taken@example.com","email_verified":"true"}}`,
		`{"username":"a9",` + hash + `,"custom_password_hash":{"algorithm":"bcrypt","hash":{"value":"` + bcryptHash + `"}}}`,
		`{"username":10}`,
		`no JSON`,
		`{"username":"a12","sub":"5"}`,
		`{"username":"a13","sub":"` + string(a.MustFind("taken").Sub) + `"}`,
		`{"username":"good","sub":"00000000-0000-4000-8000-00000000000f",` + hash + `}`,
	}, "\n"), false)
	if added.Made != 1 || added.Refused != 13 {
		t.Errorf("added %+v, refused %q", added, refused)
	}
	want := []string{
		"01 group_not_found", "02 password_hash", "03 password_hash", "04 user_record", "05 username_invalid", "06 user_attributes",
		"07 username_exists", "08 alias_exists", "09 user_record", "10 user_record", "11 user_record", "12 username_invalid", "13 username_exists",
	}
	for i := range refused {
		code, text, _ := strings.Cut(refused[i], ": ")
		if strings.Contains(text, "$2b$") || strings.Contains(text, "in clear") || strings.Contains(text, "5f4d") {
			t.Errorf("the error shows a secret: %q", text)
		}
		refused[i] = code
	}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Errorf("the refusals differ (-want +got):\n%s", diff)
	}
	users, _, err := a.Users.List(t.Context(), a.Pool.ID, user.Query{})
	if err != nil || len(users) != 2 {
		t.Errorf("%d users, %v; want the two that are right", len(users), err)
	}
	a.mustSignIn("taken", enginetest.Password)
	if good := a.MustFind("good"); good.Sub != "00000000-0000-4000-8000-00000000000f" {
		t.Errorf("sub %s, want the one of the file", good.Sub)
	}
	if _, refused := a.add("username,enabled\na,perhaps\nb\n", true); len(refused) != 2 {
		t.Errorf("refused %q, want two lines of CSV", refused)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	a := newArrivals(t, userpool.Settings{})
	none := func(int, error) { t.Error("a line was refused") }
	told := func(string, int) {}
	for name, file := range map[string]string{"a long line": strings.Repeat("a", 2<<20), "CSV without a line": "", "a quote in CSV": "username\n\"a"} {
		if added, err := a.newcomers.AddAll(t.Context(), a.Pool.ID, strings.NewReader(file), strings.Contains(name, "CSV"), told, none); err == nil {
			t.Errorf("%s: %+v, want an error", name, added)
		}
	}
	if _, err := a.newcomers.AddAll(t.Context(), "us-east-1_None", strings.NewReader("{}"), false, told, none); !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Errorf("no pool: %v, want %v", err, userpool.ErrPoolNotFound)
	}
}

// Each form costs all sign-ins with a wrong password, so there are few.
func TestAPoolTakesFewForms(t *testing.T) {
	a := newArrivals(t, userpool.Settings{})
	var lines []string
	for i := range 5 {
		lines = append(lines, fmt.Sprintf(`{"username":"u%d","password_hash":"pbkdf2_sha256$%d$seasalt2$BQkhhoJfkFstsWcCmxpVaLtQZc8xf5UjvcQ1nb4Dv2I="}`, i, 1000+i))
	}
	added, refused := a.add(strings.Join(lines, "\n"), false)
	if added.Made != 4 || len(refused) != 1 || !strings.Contains(refused[0], "password_hash_forms") {
		t.Errorf("added %+v, refused %q; want four, and one refused", added, refused)
	}
}

func TestTheEndOfHashes(t *testing.T) {
	a := newArrivals(t, userpool.Settings{})
	a.mustAdd(`{"username":"alice","password_hash":"`+bcryptHash+`"}`+"\n"+`{"username":"bob","password_hash":"`+bcryptHash+`"}`, false)
	a.MustUser("carol")
	a.mustSignIn("alice", enginetest.Password)
	for _, want := range []int{1, 0} {
		if left, err := a.newcomers.End(t.Context(), a.Pool.ID, user.FormHash); err != nil || left != want {
			t.Errorf("End = %d, %v, want %d", left, err, want)
		}
	}
	a.reload()
	if got := a.Pool.Settings.ForeignHashes; got != nil {
		t.Errorf("forms %q, want none", got)
	}
	if bob := a.MustFind("bob"); bob.Password != nil || bob.Status != user.ResetRequired {
		t.Errorf("bob %+v, want one without a password", bob)
	}
	a.mustSignIn("alice", enginetest.Password)
	a.mustSignIn("carol", enginetest.Password)
	a.wantWrong("bob", enginetest.Password)
	if _, err := a.newcomers.End(t.Context(), "us-east-1_None", user.FormHash); !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Errorf("no pool: %v, want %v", err, userpool.ErrPoolNotFound)
	}
}

// A hash moves with its pool, and is proved there.
func TestAHashMovesWithItsPool(t *testing.T) {
	a := newArrivals(t, userpool.Settings{})
	a.mustAdd(`{"username":"alice","password_hash":"`+bcryptHash+`"}`, false)
	from := newInstallation(t, a.Directory)
	to := newInstallation(t, enginetest.Elsewhere(t, memory(t), a.Clock))
	if _, err := to.load(from.export(), transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	a.Directory = to.Directory
	a.Pool = &userpool.Pool{ID: enginetest.PoolID}
	a.reload()
	a.mustSignIn("alice", enginetest.Password)
}

// A file from before there were forms is read.
func TestAnExportWithoutLaterFields(t *testing.T) {
	i := full(t, memory(t))
	file := strings.ReplaceAll(string(i.export()), `,"password_form":""`, "")
	file = strings.ReplaceAll(file, `,"form":""`, "")
	to := newInstallation(t, enginetest.Elsewhere(t, memory(t), i.Clock))
	if _, err := to.load(resummed([]byte(file)), transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	to.Pool = i.Pool
	sameSecrets(t, i, to)
}
