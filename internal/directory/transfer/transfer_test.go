package transfer_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/transfer"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
	"gatehouse/internal/testing/pgtest"
)

// engines are where a pool comes from and where it goes.
var engines = map[string][2]func(testing.TB) string{
	"SQLite to PostgreSQL": {memory, pgtest.URL},
	"PostgreSQL to SQLite": {pgtest.URL, memory},
}

func memory(testing.TB) string { return "sqlite::memory:" }

// A pool that moved is the same pool: what was proved with a secret before is proved
// with it after, although other master keys seal it.
func TestAPoolMovesWhole(t *testing.T) {
	for name, urls := range engines {
		t.Run(name, func(t *testing.T) {
			from := full(t, urls[0](t))
			file := from.export()
			to := newInstallation(t, enginetest.Elsewhere(t, urls[1](t), from.Clock))
			done, err := to.load(file, transfer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if done.Pool != enginetest.PoolID || done.Rows != bytes.Count(file, []byte("\n"))-2 || done.Resumed != 0 || !slices.Equal(done.Domains, []string{"staff"}) {
				t.Errorf("imported %+v of %d lines", done, bytes.Count(file, []byte("\n")))
			}
			if to.Pool, err = to.Pools.Pool(t.Context(), enginetest.PoolID); err != nil {
				t.Fatal(err)
			}
			sameSecrets(t, from, to)
			sameRows(t, file, to.export())
			signsIn(t, to)
		})
	}
}

// sameRows compares the rows of two exports.
func sameRows(t *testing.T, file, again []byte) {
	t.Helper()
	rows := func(file []byte) []string {
		lines := strings.Split(string(file), "\n")
		return lines[1 : len(lines)-2] // without head and end
	}
	if diff := cmp.Diff(rows(file), rows(again)); diff != "" {
		t.Errorf("the rows differ (-exported +imported):\n%s", diff)
	}
}

// kept returns what an installation has of the pool's secrets, in clear.
func kept(t *testing.T, i *installation) map[string]any {
	t.Helper()
	ctx, found := t.Context(), map[string]any{}
	open := func(sealed []byte, context string) string {
		plain, err := i.Sealer.Open(sealed, context)
		i.must(err)
		return string(plain)
	}
	provider, err := i.Pools.Provider(ctx, i.Pool.ID, "corp")
	i.must(err)
	details, err := i.Pools.RevealDetails(provider)
	i.must(err)
	found["provider"] = details["client_secret"].Reveal()
	c, err := i.Pools.Client(ctx, clientID)
	i.must(err)
	i.must(i.Pools.CheckSecret(c, "first-secret-of-the-client"))
	i.must(i.Pools.CheckSecret(c, "second-secret-of-the-client"))
	found["certificate"], err = i.Pools.SigningCertificate(ctx, i.Pool.ID)
	i.must(err)
	saml, err := i.Store.SAMLKey(ctx, i.Pool.ID)
	i.must(err)
	found["saml"] = open(saml.Sealed, userpool.SAMLKeyContext(i.Pool.ID))
	found["jwks"], err = i.Tokens.JWKS(ctx, i.Pool)
	i.must(err)
	alice := i.MustFind("alice@example.com")
	for name, app := range map[string]*user.TOTP{"totp": alice.Security.TOTP, "pending totp": alice.Security.PendingTOTP} {
		found[name] = open(app.Sealed, credential.TOTPContext(alice))
	}
	phone, err := i.Devices.Device(ctx, alice, phone)
	i.must(err)
	found["device"], err = i.Devices.Verifier(phone)
	i.must(err)
	found["password"], err = i.Credentials.Verifier(alice)
	i.must(err)
	if err := i.Credentials.CheckReuse(ctx, i.Pool, alice, "alice", oldWord); !errors.Is(err, credential.ErrPasswordReused) {
		t.Errorf("a former password: %v, want %v", err, credential.ErrPasswordReused)
	}
	return found
}

func sameSecrets(t *testing.T, from, to *installation) {
	t.Helper()
	if diff := cmp.Diff(kept(t, from), kept(t, to)); diff != "" {
		t.Errorf("what proves the users and the pool differs (-exported +imported):\n%s", diff)
	}
}

// signsIn signs alice in, as far as her second factor.
func signsIn(t *testing.T, i *installation) {
	t.Helper()
	c, err := i.Pools.Client(t.Context(), clientID)
	i.must(err)
	hash := userpool.SecretHash("first-secret-of-the-client", "alice@example.com", c.ID)
	out, err := i.SignIns.Initiate(t.Context(), i.Pool, c, signin.Initiation{Flow: "USER_PASSWORD_AUTH", Parameters: enginetest.Pairs(
		"USERNAME", "alice@example.com", "PASSWORD", password.Reveal(), "SECRET_HASH", hash.Reveal())})
	if err != nil || out.Challenge == nil || out.Challenge.Name != "SOFTWARE_TOKEN_MFA" {
		t.Errorf("sign-in after the move: %+v, %v; want the challenge of the authenticator app", out, err)
	}
}

// What the master keys have sealed is of no use elsewhere, wherever in a row it is.
func TestNothingInAnExportIsSealed(t *testing.T) {
	i := full(t, memory(t))
	alice := i.MustFind("alice")
	if !i.Sealer.HasKeyOf(alice.Password.Sealed) {
		t.Fatal("what is sealed is not recognised")
	}
	for line := range bytes.Lines(i.export()) {
		var content any
		if err := json.Unmarshal(line, &content); err != nil {
			t.Fatal(err)
		}
		eachText(content, func(text string) {
			if b, err := base64.StdEncoding.DecodeString(text); err == nil && i.Sealer.HasKeyOf(b) {
				t.Errorf("%s is sealed in %.80s…", text, line)
			}
		})
	}
}

func eachText(v any, f func(string)) {
	switch v := v.(type) {
	case string:
		f(v)
	case []any:
		for _, inner := range v {
			eachText(inner, f)
		}
	case map[string]any:
		for _, inner := range v {
			eachText(inner, f)
		}
	}
}

// swap returns a file with two of its lines exchanged.
func swap(file []byte, a, b int) []byte {
	lines := bytes.SplitAfter(file, []byte("\n"))
	lines[a], lines[b] = lines[b], lines[a]
	return bytes.Join(lines, nil)
}

// lineOf returns the number of the first line of a kind.
func lineOf(file []byte, kind string) int {
	before, _, _ := bytes.Cut(file, []byte(`{"`+kind+`":`))
	return bytes.Count(before, []byte("\n"))
}

func without(file []byte, line int) []byte {
	return bytes.Join(slices.Delete(bytes.SplitAfter(file, []byte("\n")), line, line+1), nil)
}

func replaced(file []byte, old, new string) []byte {
	return bytes.Replace(file, []byte(old), []byte(new), 1)
}

// A file that is not as it was written imports nothing that anybody sees.
func TestDamagedExports(t *testing.T) {
	from := full(t, memory(t))
	file := from.export()
	last := bytes.Count(file, []byte("\n")) - 1
	member := lineOf(file, "membership")
	for name, tt := range map[string]struct {
		file []byte
		want error
	}{
		"no bytes":                 {nil, transfer.ErrDamaged},
		"cut in the head":          {file[:20], transfer.ErrDamaged},
		"cut in a line":            {file[:len(file)/2], transfer.ErrDamaged},
		"cut between lines":        {file[:bytes.LastIndexByte(file[:len(file)/2], '\n')+1], transfer.ErrDamaged},
		"without its end":          {without(file, last), transfer.ErrDamaged},
		"the end not written out":  {file[:len(file)-1], transfer.ErrDamaged},
		"without a line":           {without(file, member), transfer.ErrDamaged},
		"two lines exchanged":      {swap(file, member, member+1), transfer.ErrDamaged},
		"users after their groups": {swap(file, lineOf(file, "user"), member), transfer.ErrDamaged},
		"the pool not first":       {swap(file, 1, 2), transfer.ErrDamaged},
		"without the pool":         {without(file, 1), transfer.ErrDamaged},
		"the pool twice":           {append(append([]byte{}, file[:bytes.Index(file, []byte(`{"client":`))]...), bytes.SplitAfter(file, []byte("\n"))[1]...), transfer.ErrDamaged},
		"another value":            {replaced(file, `"enabled":true`, `"enabled":false`), transfer.ErrDamaged},
		"a value of another type":  {replaced(file, `"enabled":true`, `"enabled":"yes"`), transfer.ErrDamaged},
		"a text with NUL":          {replaced(file, `{"group":{"name":"`, `{"group":{"name":"\u0000`), transfer.ErrDamaged},
		"text that is not UTF-8":   {resummed(replaced(file, `{"group":{"name":"`, "{\"group\":{\"name\":\"\xff")), transfer.ErrDamaged},
		"no value":                 {replaced(file, `"enabled":true`, `"enabled":null`), transfer.ErrDamaged},
		"a field less":             {replaced(file, `"enabled":true,`, ``), transfer.ErrDamaged},
		"a field more":             {replaced(file, `"enabled":true`, `"enabled":true,"admin":true`), transfer.ErrDamaged},
		"a member of two":          {replaced(file, `{"group":{`, `{"a":1,"group":{`), transfer.ErrDamaged},
		"no JSON":                  {replaced(file, `{"group":{`, `{"group":`), transfer.ErrDamaged},
		"more after the end":       {append(slices.Clone(file), '\n'), transfer.ErrDamaged},
		"an unknown secret":        {replaced(file, `"TOTP":{"Sealed"`, `"Backup":{"Sealed":"x"},"TOTP":{"Sealed"`), transfer.ErrDamaged},
		"an unknown kind":          {replaced(file, `{"group":{`, `{"gruppe":{`), transfer.ErrFormat},
		"a later format":           {replaced(file, `"version":1`, `"version":2`), transfer.ErrFormat},
		"no version":               {replaced(file, `"version":1,`, ``), transfer.ErrFormat},
		"another text":             {[]byte("Hello.\n"), transfer.ErrFormat},
		"a line without end":       {append([]byte{}, bytes.Repeat([]byte("a"), 17<<20)...), transfer.ErrDamaged},
		"a domain with no host":    {replaced(file, `{"domain":{"name":"staff"`, `{"domain":{"name":"taken"`), userpool.ErrDomainHost},
	} {
		t.Run(name, func(t *testing.T) {
			if bytes.Equal(tt.file, file) {
				t.Fatal("the file is whole")
			}
			to := newInstallation(t, enginetest.Elsewhere(t, memory(t), from.Clock))
			if _, err := to.load(tt.file, transfer.Options{}); !errors.Is(err, tt.want) {
				t.Errorf("Import: %v, want %v", err, tt.want)
			}
			if _, err := to.Pools.Pool(t.Context(), enginetest.PoolID); !errors.Is(err, userpool.ErrPoolNotFound) {
				t.Errorf("the pool after the damage: %v, want none", err)
			}
		})
	}
}

// cut is a stream that breaks off after some bytes.
func cut(file []byte, n int) io.Reader {
	return io.MultiReader(bytes.NewReader(file[:n]), brokenReader{})
}

type brokenReader struct{}

var errCut = errors.New("the line is cut")

func (brokenReader) Read([]byte) (int, error) { return 0, errCut }

func TestAnImportGoesOnWhereItStopped(t *testing.T) {
	from := full(t, memory(t))
	for n := range 900 {
		from.AddUser(fmt.Sprintf("user%04d", n), nil)
	}
	file := from.export()
	to := newInstallation(t, enginetest.Elsewhere(t, memory(t), from.Clock))
	o := transfer.Options{Progress: func(string, int) {}}
	for _, part := range []int{len(file) / 2, len(file) * 3 / 4} {
		if _, err := to.transfers.Import(t.Context(), cut(file, part), o); !errors.Is(err, errCut) {
			t.Fatalf("the interrupted import: %v, want %v", err, errCut)
		}
		if _, err := to.Pools.Pool(t.Context(), enginetest.PoolID); !errors.Is(err, userpool.ErrPoolNotFound) {
			t.Fatalf("half a pool: %v, want none", err)
		}
	}
	if _, err := to.load(from.export(), transfer.Options{}); !errors.Is(err, transfer.ErrOtherImport) {
		t.Errorf("another export of the pool: %v, want %v", err, transfer.ErrOtherImport)
	}
	if _, err := to.load(file, transfer.Options{WithoutDomains: true}); !errors.Is(err, transfer.ErrOtherImport) {
		t.Errorf("with other options: %v, want %v", err, transfer.ErrOtherImport)
	}
	done, err := to.load(file, transfer.Options{})
	if err != nil || done.Resumed < 500 || done.Resumed >= done.Rows {
		t.Fatalf("the rest: %+v, %v; want at least 500 rows from before", done, err)
	}
	sameRows(t, file, to.export())
	if _, err := to.load(file, transfer.Options{}); !errors.Is(err, transfer.ErrPoolTaken) {
		t.Errorf("once more: %v, want %v", err, transfer.ErrPoolTaken)
	}
	if err := to.transfers.Discard(t.Context(), enginetest.PoolID); !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Errorf("discarding a whole pool: %v, want %v", err, userpool.ErrPoolNotFound)
	}
}

// The id of an export does not prove that a file is the one with which the import
// began: whoever can write one could have put rows of their own into the pool.
func TestAnImportGoesOnWithItsOwnFileAlone(t *testing.T) {
	from := full(t, memory(t))
	for n := range 900 {
		from.AddUser(fmt.Sprintf("user%04d", n), nil)
	}
	file := from.export()
	lines := bytes.SplitAfter(file, []byte("\n"))
	short := resummed(slices.Concat(slices.Concat(lines[:200]...), lines[len(lines)-2]))
	for name, part := range map[string]int{"the pool is there": len(file) / 50, "rows are there": len(file) * 3 / 4} {
		to := newInstallation(t, enginetest.Elsewhere(t, memory(t), from.Clock))
		if _, err := to.transfers.Import(t.Context(), cut(file, part), transfer.Options{Progress: func(string, int) {}}); !errors.Is(err, errCut) {
			t.Fatalf("the interrupted import: %v, want %v", err, errCut)
		}
		for what, forged := range map[string][]byte{"another pool": resummed(replaced(file, `{"pool":{"name":"`, `{"pool":{"name":"x`)), "a row less": short} {
			if what == "a row less" && name == "the pool is there" {
				continue // nothing of the file was there that it lacks
			}
			if _, err := to.load(forged, transfer.Options{}); !errors.Is(err, transfer.ErrOtherImport) {
				t.Errorf("%s, %s: %v, want %v", name, what, err, transfer.ErrOtherImport)
			}
			if _, err := to.Pools.Pool(t.Context(), enginetest.PoolID); !errors.Is(err, userpool.ErrPoolNotFound) {
				t.Errorf("%s, %s: the pool: %v, want none", name, what, err)
			}
		}
		if _, err := to.load(file, transfer.Options{}); err != nil {
			t.Errorf("%s: its own file: %v", name, err)
		}
	}
}

// Whoever asked before and after a move what a name answers knew whom the pool had
// only pretended to have.
func TestThePretendedUsersMoveToo(t *testing.T) {
	from := full(t, memory(t))
	before := answersOfNobody(from)
	for range 2 { // on to a third one
		to := newInstallation(t, enginetest.Elsewhere(t, memory(t), from.Clock))
		if _, err := to.load(from.export(), transfer.Options{}); err != nil {
			t.Fatal(err)
		}
		var err error
		if to.Pool, err = to.Pools.Pool(t.Context(), enginetest.PoolID); err != nil {
			t.Fatal(err)
		}
		if after := answersOfNobody(to); after != before {
			t.Errorf("nobody was\n%s, and is now\n%s", before, after)
		}
		from = to
	}
}

// An older export lacks it: then the pool has none of its own.
func TestAnExportWithoutPretendedUsers(t *testing.T) {
	from := full(t, memory(t))
	file := from.export()
	at := bytes.Index(file, []byte(`,"nobody":"`))
	end := at + bytes.IndexByte(file[at:], '}')
	older := resummed(slices.Concat(file[:at], file[end:]))
	to := newInstallation(t, enginetest.Elsewhere(t, memory(t), from.Clock))
	if _, err := to.load(older, transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	if p, err := to.Pools.Pool(t.Context(), enginetest.PoolID); err != nil || p.Nobody != nil {
		t.Errorf("the pool has %x, %v; want no secret of its own", p.Nobody, err)
	}
}

func answersOfNobody(i *installation) string {
	u := i.Credentials.Nobody(i.Pool, "mallory")
	totp := u.Security.TOTP != nil
	u.Password, u.Security.TOTP = nil, nil // addresses in memory
	return fmt.Sprintf("%x %s %+v %t", i.Credentials.FakeVerifier(i.Pool, "mallory").Salt, i.Credentials.FakeUserID(i.Pool, "mallory@example.com"), u, totp)
}

// A pool whose domain cannot answer here comes without it.
func TestAPoolComesWithoutItsDomains(t *testing.T) {
	from := full(t, memory(t))
	from.AddDomain("taken.example.com")
	file := from.export()
	to := newInstallation(t, enginetest.Elsewhere(t, memory(t), from.Clock))
	if _, err := to.load(file, transfer.Options{}); !errors.Is(err, userpool.ErrDomainHost) {
		t.Fatalf("with its domain: %v, want %v", err, userpool.ErrDomainHost)
	}
	if err := to.transfers.Discard(t.Context(), enginetest.PoolID); !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Fatalf("discarding what the refused import wrote: %v, want nothing there", err)
	}
	if done, err := to.load(file, transfer.Options{WithoutDomains: true}); err != nil || len(done.Domains) != 0 {
		t.Fatalf("without its domain: %+v, %v", done, err)
	}
	if domains, err := to.Pools.DomainsOf(t.Context(), enginetest.PoolID); err != nil || len(domains) != 0 {
		t.Errorf("domains %v, %v; want none", domains, err)
	}
}

func TestDiscardTakesAwayHalfAPool(t *testing.T) {
	from := full(t, memory(t))
	file := from.export()
	to := newInstallation(t, enginetest.Elsewhere(t, memory(t), from.Clock))
	if _, err := to.transfers.Import(t.Context(), cut(file, len(file)-10), transfer.Options{Progress: func(string, int) {}}); !errors.Is(err, errCut) {
		t.Fatal(err)
	}
	to.must(to.transfers.Discard(t.Context(), enginetest.PoolID))
	if _, err := to.load(file, transfer.Options{}); err != nil {
		t.Errorf("import afterwards: %v", err)
	}
}

func TestExportTellsItsProgressAndItsErrors(t *testing.T) {
	i := full(t, memory(t))
	var told []string
	for n := range 1000 {
		i.AddUser(fmt.Sprintf("user%04d", n), nil)
	}
	rows, err := i.transfers.Export(t.Context(), enginetest.PoolID, io.Discard, func(kind string, n int) { told = append(told, fmt.Sprint(kind, n)) })
	if err != nil || rows < 1020 || !slices.Equal(told, []string{"user1000"}) {
		t.Errorf("%d rows, %v, told %v", rows, err, told)
	}
	if _, err := i.transfers.Export(t.Context(), "us-east-1_None", io.Discard, func(string, int) {}); !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Errorf("no pool: %v, want %v", err, userpool.ErrPoolNotFound)
	}
	if _, err := i.transfers.Export(t.Context(), enginetest.PoolID, fullDisk{}, func(string, int) {}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a full disk: %v, want %v", err, io.ErrShortWrite)
	}
}

// fullDisk is a disk without room.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// Every line is read back as it was written.
func FuzzImport(f *testing.F) {
	f.Add([]byte("{\"gatehouse_export\":{\"version\":1}}\n{\"end\":{\"rows\":0}}\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		e := transfer.New(transfer.Config{Store: noStore{}, CheckDomain: func(*userpool.Domain) error { return nil }})
		done, err := e.Import(t.Context(), bufio.NewReader(bytes.NewReader(file)), transfer.Options{Progress: func(string, int) {}})
		if err == nil {
			t.Errorf("%q was imported as %+v, although it has no pool", file, done)
		}
	})
}

var errNoStore = errors.New("no store")

// noStore takes no pool.
type noStore struct{ transfer.Store }

func (noStore) BeginImport(context.Context, transfer.Row, transfer.Place) (transfer.Place, error) {
	return transfer.Place{}, errNoStore
}

// resummed returns a changed file with an end that fits.
func resummed(file []byte) []byte {
	body := file[:bytes.LastIndex(file, []byte(`{"end":`))]
	return fmt.Appendf(body, "{\"end\":{\"rows\":%d,\"sha256\":\"%x\"}}\n", bytes.Count(body, []byte("\n"))-1, sha256.Sum256(body))
}
