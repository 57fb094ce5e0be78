package userimport_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// Hashes that other programs made; package foreignhash tests them.
const (
	bcryptHash = "$2b$04$abcdefghijklmnopqrstuuuVjXUoGhLtiRo9YOL6G5n8Br1iF/1na"
	pbkdf2Hash = "$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$vPX9JkhRgRP7btnkld4njR6L9jJk71xXQguUIVX4aww"
	scryptHash = `$scrypt$ln=10\,r=8\,p=2$AAECAwQFBgcICQoLDA0ODw$elFtGgnCYM/kO1BqBSL0RcNh4S2zmYlm6K3uONJigQw`
	argonHash  = `$argon2id$v=19$m=65536\,t=2\,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc`
	argon2i    = `$argon2i$v=19$m=65536\,t=2\,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG`
)

// withHash appends the column of hashes, or a hash, to a line.
func withHash(line, hash string) string { return line + "," + hash }

// hashed makes a job with hashes of an algorithm, and starts it.
func hashed(t testing.TB, d *enginetest.Directory, h userimport.Hashing, lines ...string) *userimport.Job {
	t.Helper()
	j, err := d.Imports.Create(t.Context(), d.Pool, "staff", "arn", h)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(append([]string{withHash(header(d.Pool), "cognito:password_hash")}, lines...), "\n")
	if err := upload(t, d, j, text); err != nil {
		t.Fatal(err)
	}
	if j, err = d.Imports.Start(t.Context(), j.Pool, j.ID); err != nil {
		t.Fatal(err)
	}
	return j
}

func matches(t testing.TB, d *enginetest.Directory, name, password string) bool {
	t.Helper()
	p, err := d.Pools.Pool(t.Context(), d.Pool.ID)
	if err != nil {
		t.Fatal(err)
	}
	ok, err := d.Credentials.Matches(t.Context(), p, mustFind(t, d, name), name, seal.Secret(password))
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// Each algorithm is imported, sealed, proved with the right password alone, and
// replaced by our own form then.
func TestHashesOfEachAlgorithm(t *testing.T) {
	for h, c := range map[userimport.Hashing]struct{ hash, password string }{
		userimport.Bcrypt:   {bcryptHash, "Right-Horse-7"},
		userimport.PBKDF2:   {pbkdf2Hash, "Right-Horse-7"},
		userimport.Scrypt:   {scryptHash, "Right-Horse-7"},
		userimport.Argon2id: {argonHash, "password"},
	} {
		t.Run(string(h), func(t *testing.T) {
			d := enginetest.New(t, verifiesEmail)
			j := hashed(t, d, h, withHash(person(d.Pool, "alice"), c.hash), withHash(person(d.Pool, "bob"), ""))
			chunk, err := d.Store.ImportChunk(t.Context(), now(t, d, j).File, 0)
			if err != nil || len(chunk) == 0 || bytes.Contains(chunk, []byte("alice")) || bytes.Contains(chunk, []byte(c.hash[:8])) {
				t.Errorf("the file is kept as %q (%v), want it sealed", chunk, err)
			}
			wantSaid(t, work(t, d, d.Imports, j), "Succeeded 2 0 0 Import Job Completed Successfully.")
			alice, bob := mustFind(t, d, "alice"), mustFind(t, d, "bob")
			if alice.Status != user.Confirmed || alice.Password == nil || alice.Password.Form != user.FormHash || bytes.Contains(alice.Password.Sealed, []byte("$")) && bytes.Contains(alice.Password.Sealed, []byte(c.hash[:8])) {
				t.Errorf("alice = %+v, want a confirmed user with a sealed hash", alice)
			}
			if _, kept := alice.Attributes["cognito:password_hash"]; kept {
				t.Error("the hash became an attribute")
			}
			if bob.Status != user.ResetRequired || bob.Password != nil {
				t.Errorf("bob = %+v, want one who chooses a password", bob)
			}
			if matches(t, d, "alice", "Wrong-Horse-7") || mustFind(t, d, "alice").Password.Form != user.FormHash {
				t.Error("a wrong password proved the hash")
			}
			if !matches(t, d, "alice", c.password) || mustFind(t, d, "alice").Password.Form != user.FormSRP {
				t.Error("the right password did not replace the hash")
			}
			if !matches(t, d, "alice", c.password) || matches(t, d, "alice", "Wrong-Horse-7") {
				t.Error("our own form knows another password")
			}
		})
	}
}

// A line whose hash cannot be taken makes no user, and no later sign-in dear. The report
// does not show the hash.
func TestHashesThatAreRefused(t *testing.T) {
	const form = "The password hash is of no kind that is taken: bcrypt, Argon2, scrypt or PBKDF2."
	for hash, c := range map[string]struct {
		hashing userimport.Hashing
		reason  string
	}{
		scryptHash: {userimport.Bcrypt, "The password hash is none of BCRYPT, which the import job names."},
		argon2i:    {userimport.Argon2id, "The password hash is none of ARGON2ID, which the import job names."},
		"pbkdf2_sha1$1000$s$Toeitisop7LwLbSioGGhKjV6RDQ=":              {userimport.PBKDF2, "The password hash is none of PBKDF2_SHA256, which the import job names."},
		"5f4dcc3b5aa765d61d8327deb882cf99":                             {userimport.Bcrypt, form},
		"password":                                                     {userimport.PBKDF2, form},
		"$2b$31$abcdefghijklmnopqrstuuuVjXUoGhLtiRo9YOL6G5n8Br1iF/1na": {userimport.Bcrypt, "The password hash of bcrypt has the cost 31; from 4 to 14 are taken."},
		`$scrypt$ln=25\,r=8\,p=1$AAECAwQFBgcICQoLDA0ODw$elFtGgnCYM/kO1BqBSL0RcNh4S2zmYlm6K3u`: {userimport.Scrypt, "The password hash of scrypt has the cost 33554432; a power of 2 is taken."},
		`$argon2id$v=19$m=4194304\,t=2\,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8Ar`:   {userimport.Argon2id, ""},
		`$pbkdf2-sha256$90000000$AAECAwQFBgcICQoLDA0ODw$vPX9JkhRgRP7btnkld4njR6L9jJk71xX`:     {userimport.PBKDF2, ""},
	} {
		d := enginetest.New(t, verifiesEmail)
		j := work(t, d, d.Imports, hashed(t, d, c.hashing, withHash(person(d.Pool, "alice"), hash)))
		wantSaid(t, j, "Failed 0 0 1 Too many users have failed or been skipped during the import.")
		wantCount(t, d, 0)
		got := report(t, d, j)
		if !strings.HasPrefix(got, "[FAILED] Line Number 2 - The password hash ") || c.reason != "" && !strings.HasSuffix(got, "- "+c.reason+"\n") || hash != "password" && strings.Contains(got, hash) {
			t.Errorf("the report of %s is %q, want %q", hash, got, c.reason)
		}
		if p, err := d.Pools.Pool(t.Context(), d.Pool.ID); err != nil || len(p.Settings.ForeignHashes) != 0 {
			t.Errorf("the pool takes %v (%v), want no form", p.Settings.ForeignHashes, err)
		}
	}
}

// Every combination of algorithm and costs makes wrong passwords dearer: a pool has
// four.
func TestHashesOfManyCosts(t *testing.T) {
	d := enginetest.New(t, verifiesEmail)
	var lines []string
	for i := range 6 {
		lines = append(lines, withHash(person(d.Pool, fmt.Sprint("user", i)), fmt.Sprintf("$pbkdf2-sha256$%d$AAECAwQFBgcICQoLDA0ODw$vPX9JkhRgRP7btnkld4njR6L9jJk71xXQguUIVX4aww", 1000+i%5)))
	}
	j := work(t, d, d.Imports, hashed(t, d, userimport.PBKDF2, lines...))
	wantSaid(t, j, "Succeeded 5 0 1 Import Job Completed Successfully.")
	if got := report(t, d, j); !strings.Contains(got, "[FAILED] Line Number 6 - The hashes of the pool's users have 4 algorithms and costs already") {
		t.Errorf("the report is %q", got)
	}
	p, err := d.Pools.Pool(t.Context(), d.Pool.ID)
	if err != nil || len(p.Settings.ForeignHashes) != userpool.MaxForeignHashes {
		t.Errorf("the pool takes %v (%v), want %d forms", p.Settings.ForeignHashes, err, userpool.MaxForeignHashes)
	}
}

// The column belongs to jobs that name an algorithm, and to no other.
func TestColumnOfHashes(t *testing.T) {
	d := enginetest.New(t, verifiesEmail)
	j := started(t, d, withHash(header(d.Pool), "cognito:password_hash")+"\n"+withHash(person(d.Pool, "alice"), bcryptHash))
	wantSaid(t, work(t, d, d.Imports, j), fmt.Sprintf("Failed 0 0 0 The header of the CSV file has an unknown column at position %d.", len(userimport.Header(d.Pool))+1))
	lacking, err := d.Imports.Create(t.Context(), d.Pool, "staff", "arn", userimport.Bcrypt)
	if err != nil {
		t.Fatal(err)
	}
	if err := upload(t, d, lacking, people(d.Pool, 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Imports.Start(t.Context(), lacking.Pool, lacking.ID); err != nil {
		t.Fatal(err)
	}
	wantSaid(t, work(t, d, d.Imports, lacking), "Failed 0 0 0 The header of the CSV file lacks the column cognito:password_hash.")
	wantCount(t, d, 0)
	_, err = d.Imports.Create(t.Context(), d.Pool, "staff", "arn", "MD5")
	wantErr(t, "Create with MD5", err, userimport.ErrHashing)
}

// A chunk of another file does not open, and no job waits behind it.
func TestSealedChunkOfAnotherFile(t *testing.T) {
	d := enginetest.New(t, verifiesEmail)
	row := withHash(person(d.Pool, "alice"), bcryptHash)
	j, other := hashed(t, d, userimport.Bcrypt, row), hashed(t, d, userimport.Bcrypt, row)
	foreign, err := d.Store.ImportChunk(t.Context(), other.File, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Store.DropImportFile(t.Context(), j.File, 9); err != nil {
		t.Fatal(err)
	}
	if err := d.Store.AddImportChunk(t.Context(), j.ID, j.File, 0, foreign, d.Now()); err != nil {
		t.Fatal(err)
	}
	work(t, d, d.Imports, j)
	work(t, d, d.Imports, other)
	wantSaid(t, now(t, d, j), "Failed 0 0 0 The CSV file is not whole any more: upload it for a new import job.")
	wantSaid(t, now(t, d, other), "Succeeded 1 0 0 Import Job Completed Successfully.")
}

// A large sealed file is read from the middle by another node.
func TestSealedFileOfManyChunks(t *testing.T) {
	d := enginetest.New(t, verifiesEmail)
	var lines []string
	for i := range 3 * userimport.ChunkSize / 200 {
		lines = append(lines, withHash(person(d.Pool, fmt.Sprint("user", i)), bcryptHash))
	}
	j := hashed(t, d, userimport.Bcrypt, lines...)
	if j.Size <= userimport.ChunkSize {
		t.Fatalf("the file has %d bytes, want several chunks", j.Size)
	}
	wantSaid(t, work(t, d, d.Imports, j), fmt.Sprintf("Succeeded %d 0 0 Import Job Completed Successfully.", len(lines)))
}
