package userimport

import (
	"bytes"
	"context"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/foreignhash"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// errRecord means that a line describes no user of the pool. Its text is in the
// report.
var errRecord = fault.New(fault.Invalid, "import_record", "The line is not valid.")

// record is a line of a file: the values by column.
type record map[string]string

func readRecord(columns []string, line []byte) (record, error) {
	if !utf8.Valid(line) || bytes.IndexByte(line, 0) >= 0 {
		return nil, errRecord.Saying("The line is not valid UTF-8, or has a NUL character.")
	}
	fields := fieldsOf(string(line))
	if len(fields) != len(columns) {
		return nil, errRecord.Saying("The line has %d values, and the header has %d columns.", len(fields), len(columns))
	}
	r := record{}
	for i, c := range columns {
		r[c] = fields[i]
	}
	return r, nil
}

// isTrue reports whether a flag is true.
func (r record) isTrue(column string) bool { return strings.EqualFold(r[column], "true") }

// isFlag reports whether a column has true or false.
func (r record) isFlag(column string) bool {
	return r.isTrue(column) || strings.EqualFold(r[column], "false")
}

// format is what is known of every line of a file.
type format struct {
	columns []string
	hashing Hashing
}

// draft returns the user that a line describes, checked against the rules of the
// pool and of imports.
func (e *Engine) draft(ctx context.Context, p *userpool.Pool, in format, line []byte) (*user.User, error) {
	r, err := readRecord(in.columns, line)
	if err != nil {
		return nil, err
	}
	if err := r.check(p); err != nil {
		return nil, err
	}
	hash, err := in.hashing.read(r[columnHash])
	if err != nil {
		return nil, err
	}
	u, err := e.users.Draft(p, user.NewUser{Username: r.username(p), Attributes: r.attributes(), Status: user.ResetRequired})
	if err != nil {
		return nil, err
	}
	if missing := user.MissingAttributes(p, u); len(missing) > 0 {
		return nil, errRecord.Saying("The required attribute %s has no value.", missing[0])
	}
	if r.isTrue(columnMFA) {
		u.Security.MFA.TurnOn(user.SMSMFA)
	}
	user.Index(p, u)
	if err := e.keepHash(ctx, p, u, hash); err != nil {
		return nil, err
	}
	return u, nil
}

// keepHash gives the user the password of a hash. Without one, the user chooses a
// password with a code.
func (e *Engine) keepHash(ctx context.Context, p *userpool.Pool, u *user.User, h *foreignhash.Hash) (err error) {
	if h == nil {
		return nil
	}
	if err := e.pools.AllowForeignHash(ctx, p, h.Form()); err != nil {
		return err
	}
	u.Status = user.Confirmed
	u.Password, err = e.credentials.KeepForeign(p, u, h)
	return err
}

// username returns the name with which the user is made. In a pool whose username is
// an attribute, the attribute serves.
func (r record) username(p *userpool.Pool) string {
	for _, contact := range user.Contacts() {
		if r[columnUsername] == "" && p.UsernameIs(contact) && r[contact] != "" {
			return r[contact]
		}
	}
	return r[columnUsername]
}

func (r record) attributes() map[string]string {
	attributes := map[string]string{}
	for column, value := range r {
		if column != columnMFA && column != columnUsername && column != columnHash {
			attributes[column] = value
		}
	}
	return attributes
}

// check checks what only an import asks for. Cognito: "Formatting the CSV file".
func (r record) check(p *userpool.Pool) error {
	for _, contact := range user.Contacts() {
		if r.isTrue(contact+"_verified") && r[contact] == "" {
			return errRecord.Saying("%s_verified is true, and %s has no value.", contact, contact)
		}
	}
	if !r.verifiesAny(p.Settings.AutoVerified) {
		return errRecord.Saying("The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).")
	}
	return r.checkMFA(p)
}

// verifiesAny reports whether one of the contacts is verified, or none is asked for.
func (r record) verifiesAny(contacts []string) bool {
	for _, c := range contacts {
		if r.isTrue(c + "_verified") {
			return true
		}
	}
	return len(contacts) == 0
}

func (r record) checkMFA(p *userpool.Pool) error {
	mode := p.Settings.MFA.Mode
	switch on := r.isTrue(columnMFA); {
	case !r.isFlag(columnMFA):
		return errRecord.Saying("%s is neither true nor false.", columnMFA)
	case on && mode == userpool.MFAOff:
		return errRecord.Saying("%s is true, and the user pool has no multi-factor authentication.", columnMFA)
	case on && r["phone_number"] == "":
		return errRecord.Saying("%s is true, and phone_number has no value.", columnMFA)
	case !on && mode == userpool.MFARequired:
		return errRecord.Saying("%s is false, and the user pool requires multi-factor authentication.", columnMFA)
	}
	return nil
}
