package policy

// kind is one criterion of the language: its name, what it asks about, its
// reasons, and how its data is read.
type kind struct {
	name     string
	takesSub bool // the name is followed by /<something>
	class    class
	yes, no  Reasons
	doubt    doubt // nil: the fact is known of everybody who is signed in
	// parse reads the data. If the data is wrong, it records a fault and returns
	// nil.
	parse func(p *parser, path, sub string, data any) condition
}

// class says what a criterion asks about.
type class uint8

const (
	ofIdentity    class = iota // the signed-in person; never true if nobody is signed in
	ofRequest                  // the request, which anybody can make
	ofCertificate              // the client certificate
	ofPreflight                // CORS preflights, which never carry credentials
	ofEverything               // nothing: the criterion is always true
	ofNothing                  // nothing: the criterion is always false
)

// condition is what a criterion tests, with its data.
type condition interface {
	// holds is the test itself. r.Identity is set if the class is ofIdentity.
	holds(r *Request) bool
	// say returns a sentence, without its full stop, that says what must hold,
	// or with not what must not hold, and what r has instead. Only with full
	// may it name data of other people.
	say(r *Request, not, full bool) string
	// fact returns what the criterion asks, in words about third persons or the
	// request: "whose e-mail domain is example.com", "the method is GET". It
	// shows every value that the rule names.
	fact() string
}

// kinds are the criteria, in the order of Pomerium's manual.
var kinds = []*kind{
	&accept, &reject,
	&authenticatedUser, &email, &domain, &user, &claim, &groups,
	&httpMethod, &httpPath, &mcpTool, &sourceIP, &corsPreflight,
	&clientCertificate, &invalidClientCertificate,
	&date, &dayOfWeek, &timeOfDay, &device, &pomeriumRoutes,
}

// absent are criteria of Pomerium that are not offered, with what they would
// need. They are refused: ignoring one would change who may pass.
var absent = map[string]string{
	"record":                          "external data records",
	"ssh_publickey":                   "SSH routes",
	"ssh_ca":                          "SSH routes",
	"ssh_username":                    "SSH routes",
	"ssh_username_matches_email":      "SSH routes",
	"ssh_username_matches_claim":      "SSH routes",
	"ssh_access_request_approved":     "SSH routes",
	"ssh_access_request_not_approved": "SSH routes",
	"postgres_username":               "PostgreSQL routes",
	"postgres_database":               "PostgreSQL routes",
	"postgres_application_name":       "PostgreSQL routes",
	"postgres_statement_class":        "PostgreSQL routes",
}

func kindNamed(name string) *kind {
	for _, k := range kinds {
		if k.name == name {
			return k
		}
	}
	return nil
}

func kindNames() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// fixed is the condition of criteria whose data is ignored.
type fixed struct {
	test    func(*Request) bool
	must    string // the sentence if it must hold
	mustNot string // the sentence if it must not hold
	says    string // what fact returns
}

func (f fixed) holds(r *Request) bool { return f.test(r) }

func (f fixed) fact() string { return f.says }

func (f fixed) say(_ *Request, not, _ bool) string {
	if not {
		return f.mustNot
	}
	return f.must
}

// parse is the parse function of a criterion that ignores its data. It warns of
// false, because Pomerium treats {accept: false} as accept.
func (f fixed) parse(p *parser, path, _ string, data any) condition {
	if data == false {
		p.warn(path, "the value is ignored: false means the same as true")
	}
	return f
}
