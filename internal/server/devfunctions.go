package server

import "gatehouse/internal/function"

// DevFunction is a function of development: a line of the shell. No configuration
// can name one: only who starts gatehouse dev says what is run.
type DevFunction struct{ Name, Line string }

// ARN returns the ARN by which pools name the function.
func (f DevFunction) ARN() string {
	return "arn:aws:lambda:us-east-1:000000000000:function:" + f.Name
}

// entries returns the functions of development, each with its versions and aliases.
func (d *Dev) entries() []function.Entry {
	var all []function.Entry
	for _, f := range d.Functions {
		target := &function.Command{Line: f.Line, Log: d.FunctionLog}
		all = append(all, function.Entry{ARN: f.ARN(), Target: target}, function.Entry{ARN: f.ARN() + ":*", Target: target})
	}
	return all
}
