package gatetest_test

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/store"
	"gatehouse/internal/testing/gatetest"
)

// people are the users of a large pool who have a password; the others have none that
// fits.
const people = 100

// BenchmarkPoolOfUsers measures operations on a pool of many users: as many as the
// variable USERS says, or 1,000. It measures the CPU of this process, which holds still
// while others use the machine. "make bench-size" runs it.
func BenchmarkPoolOfUsers(tb *testing.B) {
	size := 1000
	if text := os.Getenv("USERS"); text != "" {
		var err error
		if size, err = strconv.Atoi(text); err != nil {
			tb.Fatal(err)
		}
	}
	for name, database := range map[string]gatetest.Option{"SQLite": gatetest.OnFile, "PostgreSQL": gatetest.OnPostgres} {
		tb.Run(name, func(tb *testing.B) { benchmarkSize(tb, database, size) })
	}
}

func benchmarkSize(tb *testing.B, database gatetest.Option, size int) {
	gt := gatetest.New(tb, database)
	s := &sized{bench: &bench{gt, tb, gt.System.Handler(), gt.MustClient()}, size: size}
	s.fill()
	user := func(int) string { return fmt.Sprintf("user%07d", mathrand.IntN(size)) }
	person := func(i int) string { return fmt.Sprint("person", i%people) }
	s.measure("PasswordSignIn", func(i int) func() {
		return func() {
			s.call("InitiateAuth", object{"ClientId": s.client.ClientId, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": person(i), "PASSWORD": gatetest.Password}})
		}
	})
	refresh := gt.MustSignIn(*s.client.ClientId, "person1").RefreshToken
	s.measure("Refresh", func(int) func() {
		return func() {
			s.call("InitiateAuth", object{"ClientId": s.client.ClientId, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": object{"REFRESH_TOKEN": refresh}})
		}
	})
	s.measure("AdminGetUser", func(i int) func() {
		return s.signedCall("AdminGetUser", object{"UserPoolId": s.Pool, "Username": user(i)})
	})
	s.measure("ListUsers", func(int) func() {
		return s.signedCall("ListUsers", object{"UserPoolId": s.Pool, "Limit": 60})
	})
	s.measure("FilterByEmail", func(i int) func() {
		return s.signedCall("ListUsers", object{"UserPoolId": s.Pool, "Filter": `email = "` + user(i) + `@example.com"`})
	})
	s.measure("AdminCreateUser", func(i int) func() {
		return s.signedCall("AdminCreateUser", object{"UserPoolId": s.Pool, "Username": fmt.Sprint("new", i), "MessageAction": "SUPPRESS",
			"UserAttributes": []object{{"Name": "email", "Value": fmt.Sprint("new", i, "@example.com")}}})
	})
	tb.Run("DeletePool", s.deletePool)
}

// sized is a server with a large pool.
type sized struct {
	*bench
	size int
}

const operations = 500

// measure measures operations. prepare makes each of them before.
func (s *sized) measure(name string, prepare func(i int) func()) {
	s.b.Run(name, func(b *testing.B) {
		calls := make([]func(), operations)
		for i := range calls {
			calls[i] = prepare(i)
		}
		calls[0]() // prepares statements
		before := cpu(b)
		for _, call := range calls[1:] {
			call()
		}
		b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(len(calls)-1), "cpu-µs/op")
		b.ReportMetric(0, "ns/op")
	})
}

// cpu returns the time that the processors have spent on this process.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// signedCall returns a call that is signed already.
func (s *sized) signedCall(operation string, in any) func() {
	body, err := json.Marshal(in)
	if err != nil {
		s.b.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, gatetest.URL+"/", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	key := aws.Credentials{AccessKeyID: s.Key.ID, SecretAccessKey: s.Secret.Reveal()}
	if err := v4.NewSigner().SignHTTP(s.b.Context(), key, r, sha256Hex(string(body)), "cognito-idp", gatetest.Region, s.Now()); err != nil {
		s.b.Fatal(err)
	}
	header := map[string]string{}
	for k := range r.Header {
		header[k] = r.Header.Get(k)
	}
	return func() { s.post("/", "application/x-amz-json-1.1", header, body) }
}

// deletePool measures the deletion of the pool, and how long others wait meanwhile.
func (s *sized) deletePool(b *testing.B) {
	other := s.MustPool(&idp.CreateUserPoolInput{})
	st, err := store.Open(b.Context(), s.Database, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	var longest time.Duration
	done, work := make(chan struct{}), sync.WaitGroup{}
	calls := make([]func(), 20_000)
	for i := range calls {
		calls[i] = s.signedCall("AdminCreateUser", object{"UserPoolId": other, "Username": fmt.Sprint("new", i), "MessageAction": "SUPPRESS"})
	}
	work.Go(func() {
		for _, call := range calls {
			select {
			case <-done:
				return
			default:
			}
			start := time.Now()
			call()
			longest = max(longest, time.Since(start))
		}
	})
	start := time.Now()
	s.signedCall("DeleteUserPool", object{"UserPoolId": s.Pool})()
	b.ReportMetric(time.Since(start).Seconds(), "s-until-answer")
	if err := st.Remove(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(start).Seconds(), "s-until-gone")
	close(done)
	work.Wait()
	b.ReportMetric(float64(longest.Milliseconds()), "ms-longest-wait")
	b.ReportMetric(0, "ns/op")
}

// fill makes the users, straight in the database.
func (s *sized) fill() {
	for i := range people {
		s.MustUser(fmt.Sprint("person", i))
	}
	db := s.open()
	defer db.Close()
	before := s.bytes(db)
	const statement, transaction = 250, 25_000
	for from := 0; from < s.size; from += transaction {
		tx, err := db.BeginTx(s.b.Context(), nil)
		if err != nil {
			s.b.Fatal(err)
		}
		end := min(from+transaction, s.size)
		for next := from; next < end; next += statement {
			s.insert(tx, next, min(next+statement, end))
		}
		if err := tx.Commit(); err != nil {
			s.b.Fatal(err)
		}
	}
	if _, err := db.ExecContext(s.b.Context(), "ANALYZE"); err != nil {
		s.b.Fatal(err)
	}
	s.b.Logf("%d users, %d bytes of the database a user, %d MiB of memory", s.size, (s.bytes(db)-before)/s.size, memory(s.b)>>20)
}

func (s *sized) open() *sql.DB {
	driver, source := "pgx", s.Database
	if file, ok := strings.CutPrefix(s.Database, "sqlite://"); ok {
		driver, source = "sqlite", "file:"+file+"?_pragma=busy_timeout(60000)&_pragma=synchronous(OFF)&_pragma=cache_size(-1000000)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		s.b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

// bytes returns the size of the database.
func (s *sized) bytes(db *sql.DB) (n int) {
	query := "SELECT pg_database_size(current_database())"
	if strings.HasPrefix(s.Database, "sqlite:") {
		query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
	}
	if err := db.QueryRowContext(s.b.Context(), query).Scan(&n); err != nil {
		s.b.Fatal(err)
	}
	return n
}

// memory returns the bytes of memory of this process.
func memory(b *testing.B) int {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		b.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// insert makes the users with the numbers from to end, each with an e-mail address and
// a password that nobody knows.
func (s *sized) insert(tx *sql.Tx, from, end int) {
	key := map[bool]string{true: "number", false: "id"}[strings.HasPrefix(s.Database, "sqlite:")]
	users, names, search := &rows{}, &rows{}, &rows{}
	at, pool, number := s.Now().UnixMicro(), s.number(tx, "pools", "id", s.Pool), map[string]int{}
	for _, name := range []string{"username", "email", "given_name", "family_name"} {
		number[name] = s.number(tx, "attribute_numbers", "name", name)
	}
	for i := from; i < end; i++ {
		sub, name, secret := ids.UUID(), fmt.Sprintf("user%07d", i), make([]byte, 16+430)
		rand.Read(secret)
		mail := name + "@example.com"
		id := i + 10*people // of those with a password, the database has given the first
		users.add(id, pool, s.Pool, sub, name, "CONFIRMED", true, `{"email":"`+mail+`","email_verified":"true","given_name":"Alice","family_name":"Example"}`,
			true, secret[:16], secret[16:], at, 0, at, at)
		names.add(pool, name, number["username"], id)
		names.add(pool, mail, number["email"], id)
		search.add(pool, id, number["email"], mail)
		search.add(pool, id, number["given_name"], "alice")
		search.add(pool, id, number["family_name"], "example")
	}
	users.insert(s.b, tx, "users ("+key+", pool, pool_id, sub, username, status, enabled, attributes, has_password, password_salt, password_sealed, password_set, password_expires, created, modified)")
	names.insert(s.b, tx, "user_names (pool, name, kind, user_id)")
	search.insert(s.b, tx, "user_values (pool, user_id, attribute, value)")
}

// number returns the number of a row.
func (s *sized) number(tx *sql.Tx, table, column, value string) (n int) {
	if err := tx.QueryRowContext(s.b.Context(), "SELECT number FROM "+table+" WHERE "+column+" = $1", value).Scan(&n); err != nil {
		s.b.Fatal(err)
	}
	return n
}

// rows are rows for one INSERT statement.
type rows struct {
	text strings.Builder
	args []any
}

func (r *rows) add(values ...any) {
	sep := ", ("
	if len(r.args) == 0 {
		sep = "("
	}
	for i, v := range values {
		r.args = append(r.args, v)
		r.text.WriteString(sep + "$" + strconv.Itoa(len(r.args)))
		if i == 0 {
			sep = ", "
		}
	}
	r.text.WriteString(")")
}

func (r *rows) insert(b *testing.B, tx *sql.Tx, table string) {
	if _, err := tx.ExecContext(b.Context(), "INSERT INTO "+table+" VALUES "+r.text.String(), r.args...); err != nil {
		b.Fatal(err)
	}
}
