package userimport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

var role = &userpool.SMSConfiguration{CallerARN: "arn:aws:iam::000000000000:role/sms"}

var verifiesEmail = userpool.Settings{AutoVerified: []string{"email"}}

// line returns a line of a file: the header's columns, with the values given as
// "column=value".
func line(p *userpool.Pool, values ...string) string {
	at := map[string]string{"cognito:mfa_enabled": "false"}
	for _, v := range values {
		column, value, _ := strings.Cut(v, "=")
		at[column] = value
	}
	var fields []string
	for _, c := range userimport.Header(p) {
		fields = append(fields, at[c])
	}
	return strings.Join(fields, ",")
}

func person(p *userpool.Pool, name string) string {
	return line(p, "cognito:username="+name, "email="+name+"@example.com", "email_verified=true")
}

func header(p *userpool.Pool) string { return strings.Join(userimport.Header(p), ",") }

// people returns a file with n users.
func people(p *userpool.Pool, n int) string {
	lines := []string{header(p)}
	for i := range n {
		lines = append(lines, person(p, fmt.Sprint("user", i)))
	}
	return strings.Join(lines, "\n") + "\n"
}

// given makes a job with a file.
func given(t testing.TB, d *enginetest.Directory, text string) *userimport.Job {
	t.Helper()
	j, err := d.Imports.Create(t.Context(), d.Pool, "staff", "arn:aws:iam::123456789012:role/logs", userimport.NoHashes)
	if err != nil {
		t.Fatal(err)
	}
	if err := upload(t, d, j, text); err != nil {
		t.Fatal(err)
	}
	return j
}

func upload(t testing.TB, d *enginetest.Directory, j *userimport.Job, text string) error {
	t.Helper()
	link, err := d.Imports.Link(j)
	if err != nil {
		t.Fatal(err)
	}
	return d.Imports.Upload(t.Context(), j.Pool, j.ID, link, strings.NewReader(text))
}

// started makes a job with a file and starts it.
func started(t testing.TB, d *enginetest.Directory, text string) *userimport.Job {
	t.Helper()
	j := given(t, d, text)
	if _, err := d.Imports.Start(t.Context(), j.Pool, j.ID); err != nil {
		t.Fatal(err)
	}
	return j
}

// work lets an engine work, and returns the job after that.
func work(t testing.TB, d *enginetest.Directory, e *userimport.Engine, j *userimport.Job) *userimport.Job {
	t.Helper()
	if worked, err := e.Work(t.Context()); err != nil || !worked {
		t.Fatalf("Work = %v, %v, want true", worked, err)
	}
	return now(t, d, j)
}

func now(t testing.TB, d *enginetest.Directory, j *userimport.Job) *userimport.Job {
	t.Helper()
	j, err := d.Imports.Job(t.Context(), j.Pool, j.ID)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func report(t testing.TB, d *enginetest.Directory, j *userimport.Job) string {
	t.Helper()
	var text bytes.Buffer
	if _, err := d.Imports.Report(t.Context(), j.ID, &text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// said is what a job says of its end.
func said(j *userimport.Job) string {
	return fmt.Sprintf("%s %d %d %d %s", j.Status, j.Imported, j.Skipped, j.Failed, j.Message)
}

func wantSaid(t testing.TB, j *userimport.Job, want string) {
	t.Helper()
	if got := said(j); got != want {
		t.Errorf("the job is %q, want %q", got, want)
	}
}

func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) || want == nil && err != nil {
		t.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

func wantCount(t testing.TB, d *enginetest.Directory, want int) {
	t.Helper()
	if n, err := d.Users.Count(t.Context(), d.Pool.ID); err != nil || n != want {
		t.Errorf("the pool has %d users (%v), want %d", n, err, want)
	}
}

func TestImport(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{
		AutoVerified: []string{"email"}, MFA: userpool.MFA{Mode: userpool.MFAOptional, SMS: true}, SMS: role, AliasAttributes: []string{"email"},
		Schema: []userpool.Attribute{{Name: "custom:team", Type: userpool.TypeString, MaxLength: "5"}, {Name: "name", Type: userpool.TypeString, Mutable: true, Required: true}},
	})
	p, named := d.Pool, "name=N"
	who := func(name string, values ...string) string {
		return line(p, append([]string{"cognito:username=" + name, named, "email=" + name + "@example.com", "email_verified=TRUE"}, values...)...)
	}
	verified := "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true)."
	rows := []struct{ line, outcome string }{
		{header(p), ""},
		{who("alice", "address=1 Main St\\, Berlin", "birthdate=02/29/2000", "updated_at=1700000000", "custom:team=a \\ b", "gender= f "), "SUCCEEDED The import succeeded."},
		{who("alice"), "SKIPPED The user already exists."},
		{"", ""},
		{who("bob", "cognito:mfa_enabled=True", "phone_number=+15550001111", "phone_number_verified=false") + "\r", "SUCCEEDED The import succeeded."},
		{who("carol", "email_verified=false"), "FAILED " + verified},
		{who("carol", "email_verified="), "FAILED " + verified},
		{who("carol", "email="), "FAILED email_verified is true, and email has no value."},
		{who("carol", "phone_number_verified=true"), "FAILED phone_number_verified is true, and phone_number has no value."},
		{who("carol", "email=carol"), "FAILED Invalid email address format."},
		{who("carol", "phone_number=0123"), "FAILED Invalid phone number format."},
		{who("carol", "name="), "FAILED The required attribute name has no value."},
		{who("carol", "cognito:mfa_enabled="), "FAILED cognito:mfa_enabled is neither true nor false."},
		{who("carol", "cognito:mfa_enabled=true"), "FAILED cognito:mfa_enabled is true, and phone_number has no value."},
		{who("carol", "custom:team=abcdef"), "FAILED Attributes did not conform to the schema: custom:team: String does not have the length that the schema asks for."},
		{who("carol", "birthdate=2000-2-29"), "FAILED Attributes did not conform to the schema: birthdate: String does not have the length that the schema asks for."},
		{who("carol", "updated_at=now"), "FAILED Attributes did not conform to the schema: updated_at: Attribute value is not a number."},
		{who("a b"), "FAILED Username cannot be empty or contain spaces."},
		{who(""), "FAILED Username cannot be empty or contain spaces."},
		{who("carol@example.com"), "FAILED Username cannot be of email format, since user pool is configured for email alias."},
		{who("carol", "email=alice@example.com"), "FAILED An account with the given email already exists."},
		{who("carol") + ",", fmt.Sprintf("FAILED The line has %d values, and the header has %[2]d columns.", len(userimport.Header(p))+1, len(userimport.Header(p)))},
		{who("carol", "name=\xff"), "FAILED The line is not valid UTF-8, or has a NUL character."},
		{who("carol", "name=\x00"), "FAILED The line is not valid UTF-8, or has a NUL character."},
		{who("carol", "name="+strings.Repeat("é", userimport.MaxLine)), "FAILED The line has more than 16000 characters."},
		{who("carol", "name="+strings.Repeat("x", 5*userimport.MaxLine)), "FAILED The line has more than 16000 characters."},
		{who("dave", `name="Dave"`), "SUCCEEDED The import succeeded."},
	}
	var file, want strings.Builder
	for i, r := range rows {
		file.WriteString(r.line + "\n")
		if outcome, reason, ok := strings.Cut(r.outcome, " "); ok {
			fmt.Fprintf(&want, "[%s] Line Number %d - %s\n", outcome, i+1, reason)
		}
	}
	j := started(t, d, strings.TrimSuffix(file.String(), "\n"))
	wantSaid(t, now(t, d, j), "Pending 0 0 0 ")
	j = work(t, d, d.Imports, j)
	wantSaid(t, j, "Failed 3 1 21 Too many users have failed or been skipped during the import.")
	if got := report(t, d, j); got != want.String() {
		t.Errorf("the report is\n%s\nwant\n%s", got, want.String())
	}
	wantCount(t, d, 3)
	alice := mustFind(t, d, "alice@example.com")
	for name, want := range map[string]string{"address": "1 Main St, Berlin", "birthdate": "02/29/2000", "custom:team": `a \ b`, "gender": "f", "email_verified": "true", "nickname": ""} {
		if got := alice.Attributes[name]; got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if _, there := alice.Attributes["nickname"]; there || alice.Status != user.ResetRequired || !alice.Enabled || alice.Password != nil || alice.Security.MFA.SMS {
		t.Errorf("alice = %+v", alice)
	}
	if bob := mustFind(t, d, "bob"); !bob.Security.MFA.SMS || bob.Attributes["phone_number_verified"] != "false" {
		t.Errorf("bob = %+v", bob)
	}
	if dave := mustFind(t, d, "dave"); dave.Attributes["name"] != `"Dave"` {
		t.Errorf("dave's name = %q: nothing is quoted", dave.Attributes["name"])
	}
	if len(d.Outbox.Sent()) != 0 {
		t.Error("an import sent messages")
	}
}

func mustFind(t testing.TB, d *enginetest.Directory, name string) *user.User {
	t.Helper()
	u, err := d.Users.Find(t.Context(), d.Pool, name)
	if err != nil {
		t.Fatalf("find %s: %v", name, err)
	}
	return u
}

func TestUsernamesThatAreAttributes(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{UsernameAttributes: []string{"email", "phone_number"}})
	p := d.Pool
	j := started(t, d, strings.Join([]string{header(p),
		line(p, "email=alice@example.com"), line(p, "phone_number=+15550001111"), line(p, "cognito:username=bob@example.com"),
		line(p, "cognito:username=carol"), line(p), line(p, "email=alice@example.com"),
	}, "\n"))
	wantSaid(t, work(t, d, d.Imports, j), "Succeeded 3 1 2 Import Job Completed Successfully.")
	for _, name := range []string{"alice@example.com", "+15550001111", "bob@example.com"} {
		if u := mustFind(t, d, name); u.Username != string(u.Sub) {
			t.Errorf("%s has the username %q, want its sub", name, u.Username)
		}
	}
}

func TestMFAThatThePoolDemands(t *testing.T) {
	for mode, want := range map[userpool.MFAMode]string{
		userpool.MFARequired: "cognito:mfa_enabled is false, and the user pool requires multi-factor authentication.",
		userpool.MFAOff:      "cognito:mfa_enabled is true, and the user pool has no multi-factor authentication.",
	} {
		d := enginetest.New(t, userpool.Settings{MFA: userpool.MFA{Mode: mode, SMS: mode != userpool.MFAOff}, SMS: role})
		j := started(t, d, header(d.Pool)+"\n"+line(d.Pool, "cognito:username=alice", "phone_number=+15550001111", fmt.Sprint("cognito:mfa_enabled=", mode == userpool.MFAOff)))
		j = work(t, d, d.Imports, j)
		if got := report(t, d, j); got != "[FAILED] Line Number 2 - "+want+"\n" {
			t.Errorf("the report is %q, want %q", got, want)
		}
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	d := enginetest.New(t, verifiesEmail)
	p := d.Pool
	first, rest, _ := strings.Cut(header(p), ",")
	for name, c := range map[string]struct{ text, want string }{
		"empty":         {"", "The CSV file is empty."},
		"byte order":    {"\ufeff" + people(p, 1), "The CSV file begins with a byte order mark."},
		"not UTF-8":     {"\xff\xfe" + people(p, 1), "The CSV file is not valid UTF-8."},
		"no header":     {person(p, "alice"), "The header of the CSV file has an unknown column at position 1."},
		"unknown":       {header(p) + ",sub\n", fmt.Sprintf("The header of the CSV file has an unknown column at position %d.", len(userimport.Header(p))+1)},
		"twice":         {header(p) + "," + first + "\n", "The header of the CSV file has the column name twice."},
		"missing":       {rest + "\n", "The header of the CSV file lacks the column name."},
		"one long line": {strings.Repeat("x", 5*userimport.MaxLine), "The header of the CSV file is too long."},
	} {
		t.Run(name, func(t *testing.T) {
			j := started(t, d, c.text)
			wantSaid(t, work(t, d, d.Imports, j), "Failed 0 0 0 "+c.want)
			wantCount(t, d, 0)
		})
	}
	d.Imports.Limit(1<<20, 2)
	wantSaid(t, work(t, d, d.Imports, started(t, d, people(p, 3))), "Failed 3 0 0 The CSV file has more than 2 users.")
}

func TestColumnsInAnyOrder(t *testing.T) {
	d := enginetest.New(t, verifiesEmail)
	columns, values := userimport.Header(d.Pool), strings.Split(person(d.Pool, "alice"), ",")
	for i := range len(columns) / 2 {
		k := len(columns) - 1 - i
		columns[i], columns[k], values[i], values[k] = columns[k], columns[i], values[k], values[i]
	}
	j := started(t, d, strings.Join(columns, " , ")+"\r\n"+strings.Join(values, " , ")+"\r\n")
	wantSaid(t, work(t, d, d.Imports, j), "Succeeded 1 0 0 Import Job Completed Successfully.")
	mustFind(t, d, "alice")
}

// hooked is a store that calls before and after around each transaction that makes
// users. If one returns an error, so does the store.
type hooked struct {
	userimport.Store
	calls         int
	before, after func(call int) error
	chunks        int // that are kept
	// update makes a change of a job, or not.
	update func(change func() (*userimport.Job, error)) (*userimport.Job, error)
}

func (h *hooked) UpdateImportJob(ctx context.Context, pool userpool.PoolID, id userimport.ID, change func(*userimport.Job) error) (*userimport.Job, error) {
	do := func() (*userimport.Job, error) { return h.Store.UpdateImportJob(ctx, pool, id, change) }
	if h.update != nil {
		return h.update(do)
	}
	return do()
}

func (h *hooked) AddImportChunk(ctx context.Context, job userimport.ID, file string, number int64, data []byte, now time.Time) error {
	h.chunks++
	return h.Store.AddImportChunk(ctx, job, file, number, data, now)
}

func (h *hooked) DropImportFile(ctx context.Context, file string, limit int) (int, error) {
	n, err := h.Store.DropImportFile(ctx, file, limit)
	h.chunks -= n
	return n, err
}

func (h *hooked) ImportUsers(ctx context.Context, j *userimport.Job, holder string, users []*user.User, conclude func(*userimport.Job, []error) string) (*userimport.Job, error) {
	h.calls++
	if h.before != nil {
		if err := h.before(h.calls); err != nil {
			return nil, err
		}
	}
	j, err := h.Store.ImportUsers(ctx, j, holder, users, conclude)
	if err == nil && h.after != nil {
		err = h.after(h.calls)
	}
	return j, err
}

// node returns an engine on the hooked store.
func node(d *enginetest.Directory, h *hooked) *userimport.Engine {
	h.Store = d.Store
	return userimport.New(userimport.Config{Store: h, Pools: d.Pools, Users: d.Users, Credentials: d.Credentials, Sealer: d.Sealer, Log: slog.New(slog.DiscardHandler), Now: d.Now})
}

// users is how many users make three full batches and a part.
const users = 3*userimport.Batch + 7

// wantWhole checks that every line was handled exactly once.
func wantWhole(t *testing.T, d *enginetest.Directory, j *userimport.Job) {
	t.Helper()
	wantSaid(t, j, fmt.Sprintf("Succeeded %d 0 0 Import Job Completed Successfully.", users))
	wantCount(t, d, users)
	var want strings.Builder
	for i := range users {
		fmt.Fprintf(&want, "[SUCCEEDED] Line Number %d - The import succeeded.\n", i+2)
	}
	if got := report(t, d, j); got != want.String() {
		t.Errorf("the report does not have each line once:\n%s", got)
	}
}

func TestKilledNode(t *testing.T) {
	killed := errors.New("killed")
	for name, kill := range map[string]func(call int) *hooked{
		"before a commit": func(n int) *hooked {
			return &hooked{before: func(call int) error {
				if call == n {
					return killed
				}
				return nil
			}}
		},
		"after a commit": func(n int) *hooked {
			return &hooked{after: func(call int) error {
				if call == n {
					return killed
				}
				return nil
			}}
		},
	} {
		for n := 1; n <= 4; n++ {
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				d := enginetest.New(t, verifiesEmail)
				j := started(t, d, people(d.Pool, users))
				if _, err := node(d, kill(n)).Work(t.Context()); !errors.Is(err, killed) {
					t.Fatalf("Work = %v, want %v", err, killed)
				}
				if worked, err := d.Imports.Work(t.Context()); worked || err != nil {
					t.Fatalf("a node took a job that another holds: %v, %v", worked, err)
				}
				d.Advance(31 * time.Second)
				wantWhole(t, d, work(t, d, d.Imports, j))
			})
		}
	}
}

func TestNodeThatIsFrozen(t *testing.T) {
	d := enginetest.New(t, verifiesEmail)
	j := started(t, d, people(d.Pool, users))
	frozen := node(d, &hooked{before: func(call int) error {
		if call == 2 {
			d.Advance(31 * time.Second)
			work(t, d, d.Imports, j)
		}
		return nil
	}})
	wantWhole(t, d, work(t, d, frozen, j))
}

func TestNodeThatEnds(t *testing.T) {
	d := enginetest.New(t, verifiesEmail)
	j := started(t, d, people(d.Pool, users))
	ctx, end := context.WithCancel(t.Context())
	ending := node(d, &hooked{after: func(int) error { end(); return nil }})
	if _, err := ending.Work(ctx); err != nil {
		t.Fatal(err)
	}
	wantSaid(t, now(t, d, j), fmt.Sprintf("InProgress %d 0 0 ", userimport.Batch-1))
	wantWhole(t, d, work(t, d, d.Imports, j)) // without waiting for the end of the claim
}

func TestStop(t *testing.T) {
	d := enginetest.New(t, verifiesEmail)
	j := started(t, d, people(d.Pool, users))
	e := node(d, &hooked{before: func(call int) error {
		if call == 2 {
			stopping, err := d.Imports.Stop(t.Context(), j.Pool, j.ID)
			if err != nil || stopping.Status != userimport.Stopping {
				t.Errorf("Stop = %+v, %v", stopping, err)
			}
		}
		return nil
	}})
	j = work(t, d, e, j)
	wantSaid(t, j, fmt.Sprintf("Stopped %d 0 0 The Import Job was stopped by the developer.", userimport.Batch-1))
	wantCount(t, d, userimport.Batch-1)

	waiting := started(t, d, people(d.Pool, 1))
	if _, err := d.Imports.Stop(t.Context(), waiting.Pool, waiting.ID); err != nil {
		t.Fatal(err)
	}
	wantSaid(t, work(t, d, d.Imports, waiting), "Stopped 0 0 0 The Import Job was stopped by the developer.")

	late := started(t, d, people(d.Pool, 1)) // stopped after its last line
	e = node(d, &hooked{after: func(int) error {
		_, err := d.Imports.Stop(t.Context(), late.Pool, late.ID)
		return err
	}})
	if got := work(t, d, e, late).Status; got != userimport.Stopped {
		t.Errorf("Status = %s, want Stopped", got)
	}
}

func TestDeletedPool(t *testing.T) {
	d := enginetest.New(t, verifiesEmail)
	j := started(t, d, people(d.Pool, users))
	e := node(d, &hooked{before: func(call int) error {
		if call == 2 {
			return d.Pools.DeletePool(t.Context(), j.Pool)
		}
		return nil
	}})
	if worked, err := e.Work(t.Context()); !worked || err != nil {
		t.Errorf("Work = %v, %v, want true", worked, err)
	}
	if worked, err := e.Work(t.Context()); worked || err != nil {
		t.Errorf("Work = %v, %v, want false", worked, err)
	}
}

// A chunk that is missing is not the end of the file, and does not come back: the job
// has failed. One that is stopped needs no file.
func TestFileThatLacksAChunk(t *testing.T) {
	d := enginetest.New(t, verifiesEmail)
	lacking := func(chunk int) *userimport.Job {
		j := started(t, d, people(d.Pool, 3*userimport.ChunkSize/len(person(d.Pool, "user00"))))
		name := now(t, d, j).File
		var kept [][]byte
		for i := range chunk {
			data, err := d.Store.ImportChunk(t.Context(), name, int64(i))
			if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, data)
		}
		if n, err := d.Store.DropImportFile(t.Context(), name, 100); n < 3 || err != nil {
			t.Fatal(n, err)
		}
		for i, data := range kept {
			if err := d.Store.AddImportChunk(t.Context(), j.ID, name, int64(i), data, d.Now()); err != nil {
				t.Fatal(err)
			}
		}
		return j
	}
	const message = "The CSV file is not whole any more: upload it for a new import job."
	wantSaid(t, work(t, d, d.Imports, lacking(0)), "Failed 0 0 0 "+message)
	j := work(t, d, d.Imports, lacking(1))
	if j.Status != userimport.Failed || j.Message != message || j.Imported == 0 || j.Imported > userimport.ChunkSize/50 {
		t.Errorf("the job is %q, want a failed one that imported its first chunk", said(j))
	}
	stopped := lacking(0)
	if _, err := d.Imports.Stop(t.Context(), stopped.Pool, stopped.ID); err != nil {
		t.Fatal(err)
	}
	wantSaid(t, work(t, d, d.Imports, stopped), "Stopped 0 0 0 The Import Job was stopped by the developer.")
	if worked, err := d.Imports.Work(t.Context()); worked || err != nil {
		t.Errorf("Work = %v, %v, want false: all jobs have ended", worked, err)
	}
}
