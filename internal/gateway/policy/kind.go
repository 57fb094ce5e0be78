package policy

// kind is one criterion of the language: what it is called, what it asks
// about, the reasons it gives, and how its data is read.
type kind struct {
	name     string
	takesSub bool // the name is followed by /<something>
	class    class
	yes, no  Reasons
	// parse reads the data; on a fault it records it and returns nil.
	parse func(p *parser, path, sub string, data any) condition
}

// class says what a criterion asks about.
type class uint8

const (
	ofIdentity    class = iota // who is signed in; nobody: never true
	ofRequest                  // what anyone may send
	ofCertificate              // the client certificate
	ofPreflight                // what browsers send before they send credentials
	ofEverything               // nothing: it is always true
)

// condition is what a criterion tests, with its data.
type condition interface {
	// holds is the test itself. r.Identity is set if the class is ofIdentity.
	holds(r *Request) bool
	// say tells what the criterion asks, as a sentence without its stop: that
	// it holds, or with not that it doesn't; and what r has instead. Only with
	// full may it name data of other people.
	say(r *Request, not, full bool) string
	// fact says what the criterion asks, about third persons or the request:
	// "whose e-mail domain is example.com", "the method is GET". It shows
	// every value that the rule names.
	fact() string
}

// kinds lists the criteria, in the order of the manual.
var kinds = []*kind{
	&accept, &reject,
	&authenticatedUser, &email, &domain, &user, &claim, &groups,
	&httpMethod, &httpPath, &sourceIP, &corsPreflight,
	&clientCertificate, &invalidClientCertificate,
	&date, &dayOfWeek, &timeOfDay,
}

// absent holds criteria of Pomerium that nothing here could decide, and what
// they need. They are refused: ignoring one would change who may pass.
var absent = map[string]string{
	"device":                     "registered devices",
	"record":                     "external data records",
	"mcp_tool":                   "MCP routes",
	"pomerium_routes":            "the gateway's own pages under policy",
	"ssh_publickey":              "SSH routes",
	"ssh_ca":                     "SSH routes",
	"ssh_username":               "SSH routes",
	"ssh_username_matches_email": "SSH routes",
	"ssh_username_matches_claim": "SSH routes",
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

// fixed is the condition of criteria whose data means nothing.
type fixed struct {
	test    func(*Request) bool
	must    string // the sentence when it should hold
	mustNot string // and when it should not
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

// parse makes the parse function of a criterion that ignores its data. False is
// worth a word: Pomerium takes {accept: false} as accept.
func (f fixed) parse(p *parser, path, _ string, data any) condition {
	if data == false {
		p.warn(path, "the value is ignored: false means the same as true")
	}
	return f
}
