// Package wire has the wire form of the API of Amazon Cognito user pools:
// AWS JSON 1.1, 140 operations.
//
// Most of it is generated from AWS's model (gen/model.json) by cognitoapi/gen:
// the type of every input and output, how it is decoded, checked and encoded,
// and the table of operations. The other files are what the generated code
// calls. A request takes three steps:
//
//	body → Operation.Decode → Validate → Operation.Call → body of the response
//
// [Operation.Call] calls the operation's handler in [Operations]. The package
// has no rules beyond the constraints of the model: the engines have them. It
// knows nothing about HTTP: package cognitoapi speaks it.
package wire

//go:generate go run ../gen
