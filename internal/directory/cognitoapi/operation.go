package cognitoapi

import (
	"context"
	"slices"
	"strings"
)

// Auth says what authorises an operation.
type Auth int

// The ways. An operation without signature ignores one that comes.
const (
	AuthSignature Auth = iota // an access key signs the request (SigV4)
	AuthToken                 // the member AccessToken
	AuthNone                  // the client's id and secret, a session, a code
)

// Operation is one row of the table of all operations.
type Operation struct {
	Name       string
	Auth       Auth
	Output     bool     // whether the model has an output; without, the answer's body is empty
	Exceptions []string // what the model lists, sorted

	call callee
}

// OperationTable returns all operations, by name.
func OperationTable() []Operation { return slices.Clone(operations[:]) }

// operationNamed returns nil for a name that the API does not have.
func operationNamed(name string) *Operation {
	i, ok := slices.BinarySearchFunc(operations[:], name, func(op Operation, name string) int { return strings.Compare(op.Name, name) })
	if !ok {
		return nil
	}
	return &operations[i]
}

// Allows reports whether an operation may answer with an exception: it is in
// the model's list, or one of those that any operation can answer with.
func Allows(operation, exception string) bool {
	op := operationNamed(operation)
	return op != nil && op.allows(exception)
}

func (op *Operation) allows(exception string) bool {
	return slices.Contains(frontEnd, exception) || slices.Contains(op.Exceptions, exception)
}

// callee is a method of Operations with its types hidden.
type callee interface {
	newInput() input
	call(ctx context.Context, o Operations, in input) (output, error)
}

// methodOf implements callee for one method expression.
type methodOf[I, O any, PI interface {
	*I
	input
}, PO interface {
	*O
	output
}] func(Operations, context.Context, *I) (*O, error)

func method[I, O any, PI interface {
	*I
	input
}, PO interface {
	*O
	output
}](m func(Operations, context.Context, *I) (*O, error)) callee {
	return methodOf[I, O, PI, PO](m)
}

func (m methodOf[I, O, PI, PO]) newInput() input { return PI(new(I)) }

func (m methodOf[I, O, PI, PO]) call(ctx context.Context, o Operations, in input) (output, error) {
	out, err := m(o, ctx, (*I)(in.(PI)))
	if err != nil {
		return nil, err
	}
	if out == nil {
		out = new(O)
	}
	return PO(out), nil
}
