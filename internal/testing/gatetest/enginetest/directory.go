package enginetest

import (
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
	"gatehouse/internal/store"
)

// PoolID is the pool that every directory has.
const PoolID userpool.PoolID = "us-east-1_Test00001"

// Password meets the standard policy. It is the one of users that are made
// without saying another.
const Password seal.Secret = "Right-Horse-7"

// Start is where the clock of a new directory stands.
var Start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// Directory is the engines of user pools, wired as the server wires them.
type Directory struct {
	*Clock
	Store       *store.Store
	Sealer      *seal.Sealer
	Pools       *userpool.Engine
	Users       *user.Engine
	Credentials *credential.Engine
	Tokens      *token.Engine
	Accounts    *account.Engine
	SignIns     *signin.Engine
	Outbox      *Outbox
	Pool        *userpool.Pool

	t testing.TB
}

// Clock stands still until it is moved. Safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at now.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Outbox keeps what is sent, or fails.
type Outbox struct {
	mu   sync.Mutex
	fail error
	sent []*message.Message
}

// Send implements [message.Sender].
func (o *Outbox) Send(_ context.Context, m *message.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return o.fail
	}
	o.sent = append(o.sent, m)
	return nil
}

// FailWith makes every further message fail; nil ends that.
func (o *Outbox) FailWith(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fail = err
}

// Clear forgets what was sent so far.
func (o *Outbox) Clear() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = nil
}

// Sent returns what was sent so far, oldest first.
func (o *Outbox) Sent() []*message.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]*message.Message(nil), o.sent...)
}

// made has keys that every test shares, since making them takes long.
var made = sync.OnceValues(func() (masterKey string, _ []token.SigningKey) {
	masterKey = NewMasterKey()
	sealer, err := seal.FromText(masterKey)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	st, err := store.Open(ctx, "sqlite::memory:", store.Options{})
	if err != nil {
		panic(err)
	}
	defer st.Close()
	d := build(st, sealer, NewClock(Start))
	if err := d.makePool(ctx, userpool.Settings{}); err != nil {
		panic(err)
	}
	if _, err := d.Tokens.JWKS(ctx, d.Pool); err != nil {
		panic(err)
	}
	keys, err := st.SigningKeys(ctx, PoolID)
	if err != nil {
		panic(err)
	}
	return masterKey, keys
})

// NewMasterKey returns new master keys in the form of the environment.
func NewMasterKey() string {
	dir, err := os.MkdirTemp("", "master-key")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "master.key")
	if _, err := seal.LoadOrCreate(file); err != nil {
		panic(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(data)
}

// New returns a directory whose pool has the settings given.
func New(t testing.TB, s userpool.Settings) *Directory {
	t.Helper()
	return Open(t, "sqlite::memory:", s)
}

// Open is New over the database at the URL, which must be empty.
func Open(t testing.TB, url string, s userpool.Settings) *Directory {
	t.Helper()
	masterKey, keys := made()
	clock := NewClock(Start)
	st, err := store.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	sealer, err := seal.FromText(masterKey)
	if err != nil {
		t.Fatal(err)
	}
	sealer.Now = clock.Now
	d := build(st, sealer, clock)
	d.t = t
	if err := d.makePool(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if _, err := st.AddSigningKeys(t.Context(), PoolID, keys); err != nil {
		t.Fatal(err)
	}
	return d
}

func build(st *store.Store, sealer *seal.Sealer, clock *Clock) *Directory {
	d := &Directory{Clock: clock, Store: st, Sealer: sealer, Outbox: &Outbox{}}
	d.Pools = userpool.New(userpool.Config{Store: st, Sealer: sealer, Now: clock.Now})
	d.Users = user.New(user.Config{Store: st, Now: clock.Now})
	d.Credentials = credential.New(credential.Config{Store: st, Users: d.Users, Sealer: sealer, Now: clock.Now})
	d.Tokens = token.New(token.Config{Store: st, Pools: d.Pools, Users: d.Users, Sealer: sealer, Now: clock.Now, BaseURL: BaseURL})
	d.Accounts = &account.Engine{Users: d.Users, Credentials: d.Credentials, Tokens: d.Tokens, Messages: d.Outbox, Now: clock.Now}
	d.SignIns = signin.New(signin.Config{Pools: d.Pools, Users: d.Users, Credentials: d.Credentials, Tokens: d.Tokens, Spent: st, Sealer: sealer, Now: clock.Now})
	return d
}

func (d *Directory) makePool(ctx context.Context, s userpool.Settings) (err error) {
	d.Pool, err = d.Pools.CreatePool(ctx, PoolID, "", "test", s)
	return err
}

// AllFlows are the flows of the API that a client may be given.
var AllFlows = []string{userpool.FlowUserSRP, userpool.FlowUserPassword, userpool.FlowAdminUserPassword, userpool.FlowRefreshToken}

// MustClient makes a client of the pool that may use every flow unless s says
// otherwise.
func (d *Directory) MustClient(s userpool.ClientSettings) *userpool.Client {
	d.t.Helper()
	return d.MustNewClient(userpool.NewClient{Name: "app", Settings: s})
}

// MustNewClient makes a client of the pool that may use every flow unless n
// says otherwise.
func (d *Directory) MustNewClient(n userpool.NewClient) *userpool.Client {
	d.t.Helper()
	if n.Settings.AuthFlows == nil {
		n.Settings.AuthFlows = AllFlows
	}
	c, err := d.Pools.CreateClient(d.t.Context(), d.Pool, n)
	if err != nil {
		d.t.Fatalf("create client: %v", err)
	}
	return c
}

// MustUser makes a confirmed user whose password is [Password]. attributes are
// names and values by turns.
func (d *Directory) MustUser(name string, attributes ...string) *user.User {
	d.t.Helper()
	d.MustInvite(name, attributes...)
	if err := d.Accounts.SetPassword(d.t.Context(), d.Pool, name, Password, true); err != nil {
		d.t.Fatalf("set password of %s: %v", name, err)
	}
	return d.MustFind(name)
}

// MustInvite makes a user whose temporary password is [Password], silently.
func (d *Directory) MustInvite(name string, attributes ...string) *user.User {
	d.t.Helper()
	u, err := d.Accounts.Invite(d.t.Context(), d.Pool, account.Invitation{
		Username: name, TemporaryPassword: Password, Attributes: Pairs(attributes...), Silent: true,
	})
	if err != nil {
		d.t.Fatalf("invite %s: %v", name, err)
	}
	return u
}

// MustSignUp makes an unconfirmed user whose password is [Password].
func (d *Directory) MustSignUp(c *userpool.Client, name string, attributes ...string) *user.User {
	d.t.Helper()
	u, _, err := d.Accounts.SignUp(d.t.Context(), d.Pool, c, account.SignUp{Username: name, Password: Password, Attributes: Pairs(attributes...)})
	if err != nil {
		d.t.Fatalf("sign up %s: %v", name, err)
	}
	return u
}

// MustFind returns the named user.
func (d *Directory) MustFind(name string) *user.User {
	d.t.Helper()
	u, err := d.Users.Find(d.t.Context(), d.Pool, name)
	if err != nil {
		d.t.Fatalf("find %s: %v", name, err)
	}
	return u
}

// MustEdit changes a user past all rules.
func (d *Directory) MustEdit(name string, edit func(*user.User)) {
	d.t.Helper()
	_, err := d.Users.Update(d.t.Context(), d.Pool, d.MustFind(name).Sub, user.Change{Apply: func(u *user.User) error {
		edit(u)
		return nil
	}})
	if err != nil {
		d.t.Fatalf("edit %s: %v", name, err)
	}
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// MustCode returns the code in the last message to an address.
func (d *Directory) MustCode(to string) seal.Secret {
	d.t.Helper()
	sent := d.Outbox.Sent()
	for i := len(sent) - 1; i >= 0; i-- {
		if code := sixDigits.FindString(sent[i].Body.Reveal()); sent[i].To == to && code != "" {
			return seal.Secret(code)
		}
	}
	d.t.Fatalf("no message with a code went to %s", to)
	return ""
}

// WrongCode returns another code.
func WrongCode(code seal.Secret) seal.Secret {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// Pairs makes a map of names and values that come by turns.
func Pairs(list ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(list); i += 2 {
		m[list[i]] = list[i+1]
	}
	return m
}
