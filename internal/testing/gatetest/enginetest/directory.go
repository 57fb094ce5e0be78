package enginetest

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/codekey"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/formerpool"
	"gatehouse/internal/directory/managedlogin"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
	"gatehouse/internal/store"
)

// PoolID is the id of the pool of every directory.
const PoolID userpool.PoolID = "us-east-1_Test00001"

// Password is the password of all users that this package creates. It meets the
// default policy.
const Password seal.Secret = "Right-Horse-7"

// DomainSuffix ends the hosts of prefix domains.
const DomainSuffix = "auth.example.com"

// Start is the time of the clock of a new directory.
var Start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// Directory holds the engines of the directory, connected as in the server.
type Directory struct {
	*Clock
	Store       *store.Store
	Sealer      *seal.Sealer
	Pools       *userpool.Engine
	Users       *user.Engine
	Credentials *credential.Engine
	Former      *formerpool.Asker // its Client is nil: a test whose users come from elsewhere sets it
	Devices     *device.Engine
	Tokens      *token.Engine
	Triggers    *trigger.Engine
	Accounts    *account.Engine
	Risks       *risk.Engine
	SignIns     *signin.Engine
	Imports     *userimport.Engine
	Outbox      *Outbox
	Functions   *Functions
	Places      map[string]risk.Place // where addresses are; a test sets it before it signs in
	Pool        *userpool.Pool
	// TellsFactors: users are told by e-mail which factors they have gained.
	TellsFactors bool

	t testing.TB
}

// Clock is a clock that changes only when the test moves it. It is safe for
// concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock with the time now.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now returns the time of the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Outbox records the messages that are sent to it. It is safe for concurrent
// use.
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

// SendLater implements [account.Messenger]. It does not wait. As in production, the
// context is not that of the request.
func (o *Outbox) SendLater(_ context.Context, _ *message.Message, write message.Write) {
	ctx := context.Background()
	m, err := write(ctx)
	switch {
	case err != nil, m == nil:
	case m.Via != nil:
		_ = m.Via.Send(ctx, m)
	default:
		_ = o.Send(ctx, m)
	}
}

// FailWith makes every later Send return err. If err is nil, Send works again.
func (o *Outbox) FailWith(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fail = err
}

// Clear deletes the recorded messages.
func (o *Outbox) Clear() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = nil
}

// Sent returns the recorded messages, oldest first.
func (o *Outbox) Sent() []*message.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]*message.Message(nil), o.sent...)
}

// sharedKeys returns keys that all tests of a process share, because creating
// keys is slow.
var sharedKeys = sync.OnceValues(func() (masterKey string, _ []token.SigningKey) {
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

// NewMasterKey returns new master keys, encoded as for the environment variable.
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

// New returns a directory with a database in memory. Its pool has the settings s.
func New(t testing.TB, s userpool.Settings) *Directory {
	t.Helper()
	return Open(t, "sqlite::memory:", s)
}

// Open returns a directory with the database at url, which must be empty. Its
// pool has the settings s.
func Open(t testing.TB, url string, s userpool.Settings) *Directory {
	t.Helper()
	masterKey, keys := sharedKeys()
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

// Elsewhere returns the directory of another installation at the same time: an empty
// database at url, and master keys of its own. It has no pool.
func Elsewhere(t testing.TB, url string, clock *Clock) *Directory {
	t.Helper()
	st, err := store.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	sealer, err := seal.FromText(NewMasterKey())
	if err != nil {
		t.Fatal(err)
	}
	sealer.Now = clock.Now
	d := build(st, sealer, clock)
	d.t = t
	return d
}

// build connects the engines.
func build(st *store.Store, sealer *seal.Sealer, clock *Clock) *Directory {
	d := &Directory{Clock: clock, Store: st, Sealer: sealer, Outbox: &Outbox{}, Functions: &Functions{}}
	d.Triggers = &trigger.Engine{Functions: d.Functions.caller(clock), Keys: &codekey.Keys{Sealer: sealer}}
	d.Pools = userpool.New(userpool.Config{Store: st, Sealer: sealer, Now: clock.Now, CheckTriggers: d.Triggers.Check, LogsResolve: func(arn string) bool { return strings.HasPrefix(arn, "arn:aws:logs:") }})
	d.Users = user.New(user.Config{Store: st, Now: clock.Now, Gained: func(ctx context.Context, u *user.User, factors []string) {
		if d.TellsFactors {
			d.Accounts.TellGained(ctx, u, factors)
		}
	}, Readdressed: func(ctx context.Context, u *user.User, former string) {
		if d.TellsFactors {
			d.Accounts.TellReaddressed(ctx, u, former)
		}
	}})
	d.Former = &formerpool.Asker{Sealer: sealer, Now: clock.Now}
	d.Credentials = credential.New(credential.Config{Store: st, Users: d.Users, Sealer: sealer, Now: clock.Now, Former: d.Former})
	d.Devices = device.New(device.Config{Store: st, Sealer: sealer, Now: clock.Now})
	d.Tokens = token.New(token.Config{Store: st, Pools: d.Pools, Users: d.Users, Triggers: d.Triggers, Sealer: sealer, Now: clock.Now, BaseURL: BaseURL})
	d.Imports = d.Node()
	d.Risks = risk.New(risk.Config{Store: st, Users: d.Users, Credentials: d.Credentials, Sealer: sealer, Now: clock.Now, Messages: d.Outbox, Triggers: d.Triggers, FeedbackURL: feedbackURL, Locate: d.locate})
	d.Accounts = &account.Engine{Pools: d.Pools, Users: d.Users, Credentials: d.Credentials, Tokens: d.Tokens, Triggers: d.Triggers, Messages: d.Outbox, Risks: d.Risks, Now: clock.Now, ConfirmURL: confirmURL}
	d.SignIns = signin.New(signin.Config{Pools: d.Pools, Users: d.Users, Credentials: d.Credentials, Devices: d.Devices, Tokens: d.Tokens, Triggers: d.Triggers, Courier: d.Accounts, Migrator: d.Accounts, Risks: d.Risks, Spent: st, Looks: st, Sealer: sealer, Now: clock.Now, DomainSuffix: DomainSuffix})
	return d
}

// Node returns an engine of imports as another node has it.
func (d *Directory) Node() *userimport.Engine {
	return userimport.New(userimport.Config{Store: d.Store, Pools: d.Pools, Users: d.Users, Credentials: d.Credentials, Sealer: d.Sealer, Log: slog.New(slog.DiscardHandler), Now: d.Now})
}

// confirmURL is where links of the messages for new accounts lead. Only the server
// knows the real address.
func confirmURL(_ context.Context, _ *userpool.Pool, c userpool.ClientID, username string, code seal.Secret) (string, error) {
	return BaseURL + "/confirm?" + url.Values{"client": {string(c)}, "username": {username}, "code": {code.Reveal()}}.Encode(), nil
}

func (d *Directory) locate(a netip.Addr) (risk.Place, bool) {
	p, ok := d.Places[a.String()]
	return p, ok
}

// feedbackURL is where links of the messages about sign-ins lead.
func feedbackURL(_ context.Context, _ *userpool.Pool, l risk.FeedbackLink) (string, error) {
	return managedlogin.FeedbackURL(BaseURL, l), nil
}

func (d *Directory) makePool(ctx context.Context, s userpool.Settings) (err error) {
	d.Pool, err = d.Pools.CreatePool(ctx, PoolID, "", "test", s)
	return err
}

// AllFlows are all sign-in flows that a client can be allowed to use.
var AllFlows = []string{userpool.FlowUserSRP, userpool.FlowUserPassword, userpool.FlowAdminUserPassword, userpool.FlowRefreshToken, userpool.FlowUserChoice}

// MustClient creates a client of the pool with the settings s. If s has no
// flows, the client may use all flows.
func (d *Directory) MustClient(s userpool.ClientSettings) *userpool.Client {
	d.t.Helper()
	return d.MustNewClient(userpool.NewClient{Name: "app", Settings: s})
}

// MustNewClient creates a client of the pool. If n has no flows, the client may
// use all flows.
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

// MustUser creates a confirmed user with the password [Password]. attributes
// holds alternating names and values.
func (d *Directory) MustUser(name string, attributes ...string) *user.User {
	d.t.Helper()
	d.MustInvite(name, attributes...)
	if err := d.Accounts.SetPassword(d.t.Context(), d.Pool, name, Password, true); err != nil {
		d.t.Fatalf("set password of %s: %v", name, err)
	}
	return d.MustFind(name)
}

// MustInvite creates a user with the temporary password [Password]. It sends no
// message.
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

// MustSignUp creates an unconfirmed user with the password [Password].
func (d *Directory) MustSignUp(c *userpool.Client, name string, attributes ...string) *user.User {
	d.t.Helper()
	u, _, err := d.Accounts.SignUp(d.t.Context(), d.Pool, c, account.SignUp{Username: name, Password: Password, Attributes: Pairs(attributes...)})
	if err != nil {
		d.t.Fatalf("sign up %s: %v", name, err)
	}
	return u
}

// MustFind returns the user with the name.
func (d *Directory) MustFind(name string) *user.User {
	d.t.Helper()
	u, err := d.Users.Find(d.t.Context(), d.Pool, name)
	if err != nil {
		d.t.Fatalf("find %s: %v", name, err)
	}
	return u
}

// MustEdit changes a user without the rules of the engines.
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

// codes have six digits, or eight if they begin a sign-in.
var codes = regexp.MustCompile(`\b[0-9]{6}([0-9]{2})?\b`)

// MustCode returns the code of the newest message to an address that has a code.
func (d *Directory) MustCode(to string) seal.Secret {
	d.t.Helper()
	sent := d.Outbox.Sent()
	for i := len(sent) - 1; i >= 0; i-- {
		if code := codes.FindString(sent[i].Body.Reveal()); sent[i].To == to && code != "" {
			return seal.Secret(code)
		}
	}
	d.t.Fatalf("no message with a code was sent to %s", to)
	return ""
}

// WrongCode returns a code that differs from code.
func WrongCode(code seal.Secret) seal.Secret {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// Pairs returns a map of a list of alternating names and values.
func Pairs(list ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(list); i += 2 {
		m[list[i]] = list[i+1]
	}
	return m
}
