// node validate.js SPEC.yaml ANSWERS.jsonl
//
// Checks answers of a server against an OpenAPI schema of the Open Inference
// Protocol, and that each answer, spoilt in one place, would be found.
import fs from 'node:fs'
import path from 'node:path'
import yaml from 'js-yaml'
import validator from 'openapi-response-validator'

const Validator = validator.default ?? validator
const [spec, answers] = process.argv.slice(2)
// MLServer's schema says "type: bytes", which JSON does not have.
const doc = yaml.load(fs.readFileSync(spec, 'utf8').replace(/\btype: bytes\b/g, 'type: string'))

// MLServer's paths to generate take and give tensors; those of texts have a schema of
// their own.
const texts = 'GenerateResponse' in doc.components.schemas
const operations = Object.entries(doc.paths).filter(([template]) => texts || !template.includes('/generate')).map(([template, methods]) => ({
  pattern: new RegExp('^' + template.replace(/\/$/, '').replace(/\$?\{[^}]+\}/g, '[^/]+') + '$'),
  methods,
}))

// find returns what a schema says of a request. One that knows only paths with
// versions has the same answers for those without.
function find(method, url) {
  const bare = url.split('?')[0].replace(/\/$/, '')
  const versioned = bare.replace(/^(\/v2\/models\/[^/]+)(?!\/versions)(\/ready|\/infer|\/generate)?$/, '$1/versions/1$2')
  for (const p of [bare, versioned]) {
    const hit = operations.find(o => o.pattern.test(p))
    if (hit) return hit.methods[method.toLowerCase()]
  }
}

// An error of a status that the schema does not list looks like those that it does.
const [errorName] = Object.keys(doc.components.schemas).filter(n => /(infer|generate).*error/i.test(n))

function responses(operation, status) {
  const listed = operation.responses[status]
  if (listed) return listed.content && { [status]: listed }
  if (status < 400 || !Object.values(operation.responses).some(r => r.content)) return undefined
  const schema = { $ref: '#/components/schemas/' + errorName }
  return { [status]: { description: 'error', content: { 'application/json': { schema } } } }
}

// validatorOf makes one for each operation and status: that takes long.
const made = new Map()
function validatorOf(operation, status) {
  const key = operation.operationId + ' ' + status
  if (!made.has(key)) {
    const described = responses(operation, status)
    made.set(key, described && new Validator({ responses: described, components: doc.components }))
  }
  return made.get(key)
}

function spoilt(body) {
  const copy = structuredClone(body)
  if ('error' in copy) copy.error = 1
  else if ('text_output' in copy) copy.text_output = 1
  else if (copy.outputs?.[0]) copy.outputs[0].shape = 'x'
  else copy.name = 1
  return copy
}

let ok = 0, all = 0, found = 0, other = 0
for (const line of fs.readFileSync(answers, 'utf8').split('\n').filter(Boolean)) {
  const a = JSON.parse(line)
  const operation = find(a.method, a.path)
  const v = operation && validatorOf(operation, a.status)
  if (!v || a.type !== 'application/json' || a.encoding !== '') {
    other++
    continue
  }
  all++
  const body = JSON.parse(a.body)
  const wrong = v.validateResponse(String(a.status), body)
  if (wrong === undefined) ok++
  else console.log(`${a.method} ${a.path}: ${JSON.stringify(wrong.errors)}: ${a.body.slice(0, 300)}`)
  if (v.validateResponse(String(a.status), spoilt(body)) !== undefined) found++
}
console.log(`${path.basename(spec)}: ${ok} of ${all} answers, ${found} of ${all} spoilt ones found; ${other} that it does not describe`)
process.exit(ok === all && found === all && all > 0 ? 0 : 1)
