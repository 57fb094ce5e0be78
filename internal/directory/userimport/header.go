package userimport

import (
	"slices"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
)

// The columns that are no attributes.
const (
	columnMFA      = "cognito:mfa_enabled"
	columnUsername = "cognito:username"
	columnHash     = "cognito:password_hash"
)

// errFile means that a file cannot be read at all. Its text is the job's message.
var errFile = fault.New(fault.Invalid, "import_file", "The CSV file cannot be read.")

// Header returns the columns of a pool's file: its attributes, in the order of the
// schema, and the two that are no attributes. Cognito: GetCSVHeader.
func Header(p *userpool.Pool) []string {
	var columns []string
	for _, a := range p.Attributes() {
		if a.Name != "sub" {
			columns = append(columns, a.Name)
		}
	}
	return append(columns, columnMFA, columnUsername)
}

// header returns the columns of a job's file. Hashes of passwords have one that
// GetCSVHeader does not know, since it is asked without a job.
func (j *Job) header(p *userpool.Pool) []string {
	if j.Hashing == NoHashes {
		return Header(p)
	}
	return append(Header(p), columnHash)
}

// readHeader returns the columns of a file in their order. Each column that is wanted
// must be there once, and no other.
func readHeader(want []string, line string) ([]string, error) {
	if strings.HasPrefix(line, "\ufeff") {
		return nil, errFile.Saying("The CSV file begins with a byte order mark.")
	}
	columns := fieldsOf(line)
	for i, c := range columns {
		switch {
		case !slices.Contains(want, c):
			return nil, errFile.Saying("The header of the CSV file has an unknown column at position %d.", i+1) // not its text: it may be a user's
		case slices.Contains(columns[:i], c):
			return nil, errFile.Saying("The header of the CSV file has the column %s twice.", c)
		}
	}
	for _, c := range want {
		if !slices.Contains(columns, c) {
			return nil, errFile.Saying("The header of the CSV file lacks the column %s.", c)
		}
	}
	return columns, nil
}

// fieldsOf splits a line at its commas. A comma after a backslash belongs to the
// value; nothing is quoted, and spaces around a value do not count. Cognito:
// "Formatting the CSV file".
func fieldsOf(line string) []string {
	var fields []string
	var field strings.Builder
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line) && line[i+1] == ',':
			field.WriteByte(',')
			i++
		case line[i] == ',':
			fields = append(fields, strings.TrimSpace(field.String()))
			field.Reset()
		default:
			field.WriteByte(line[i])
		}
	}
	return append(fields, strings.TrimSpace(field.String()))
}
