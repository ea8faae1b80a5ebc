/** Types of parts of the API that are being built. */
import type { components } from "@/gen/api";
type S = components["schemas"];
export interface RouteList {
  routes: Route[];
}
export interface Route {
  name: string;
  origin: string;
  editable: boolean;
  not_editable_because?: string | null;
  settings: PutRoute;
  members: RouteMember[];
}
export interface PutRoute {
  deployments: string[];
  strategy: string;
  weights: RouteWeights;
  balancer: string;
  shares: Record<string, number>;
  secondary: string[];
  tertiary: string[];
  emergency: string[];
  degrade: string[];
  cache_ttl_seconds?: number | null;
  queue?: RouteQueue | null;
}
export interface RouteWeights {
  cost: number;
  speed: number;
  quality: number;
  reliability: number;
}
export interface RouteQueue {
  length: number;
  wait_seconds: number;
}
export interface RouteMember {
  deployment: string;
  tier: string;
  standing: string;
  state?: string | null;
  wait_seconds?: number | null;
  problem?: string | null;
  in_flight: number;
  success_percent?: number | null;
  first_token_ms?: number | null;
  input_usd?: string | null;
  output_usd?: string | null;
  quality?: number | null;
}
export interface TryRoute {
  model: string;
  prompt: string;
  key_id?: string | null;
  tools: boolean;
  images: number;
  context?: string | null;
  max_output_tokens?: number | null;
}
export interface TriedRoute {
  ok: boolean;
  refusals: RouteRefusal[];
  explanation: RouteExplanation;
  worst_case_usd?: string | null;
  input_tokens_bound: number;
}
export interface RouteRefusal {
  stage: string;
  code: string;
  message: string;
  hint: string;
}
export interface RouteExplanation {
  sentence: string;
  asked: string;
  route: string;
  strategy?: string | null;
  chosen?: string | null;
  candidates: RouteCandidate[];
  degraded: string[];
  tier?: string | null;
  task?: TaskClass | null;
  context: string[];
}
export interface RouteCandidate {
  deployment: string;
  tier?: string | null;
  score?: number | null;
  factors?: RouteFactors | null;
  notes: string[];
}
export interface RouteFactors {
  cost: number;
  speed: number;
  quality: number;
  reliability: number;
  load: number;
}
export interface ExchangeList {
  exchanges: Exchange[];
  next?: string | null;
}
export interface Exchange {
  id: string;
  at: string;
  key?: string | null;
  operation: string;
  requested: string;
  destination: string;
  model?: string | null;
  provider?: string | null;
  outcome: string;
  error?: string | null;
  streamed: boolean;
  input_tokens: number;
  cached_input_tokens: number;
  output_tokens: number;
  cost_usd?: string | null;
  estimated: boolean;
  cached: boolean;
  first_token_ms?: number | null;
  total_ms: number;
  attempts: number;
  tags: string[];
  route: string;
}
export interface ExchangeDetail {
  exchange: Exchange;
  key_id?: string | null;
  error_message?: string | null;
  caller_format?: string | null;
  upstream_format?: string | null;
  explanation: RouteExplanation;
  timings: Timings;
  attempts: Attempt[];
  usage: UsageByClass;
  cost: ExchangeCost;
  dropped: string[];
  kept?: KeptBodies | null;
}
export interface Timings {
  first_token_ms?: number | null;
  total_ms: number;
  writing_ms?: number | null;
  tokens_per_second?: number | null;
}
export interface Attempt {
  deployment: string;
  began_ms: number;
  took_ms: number;
  error?: string | null;
  message?: string | null;
}
export interface UsageByClass {
  input: number;
  cached_input: number;
  cache_write: number;
  output: number;
  reasoning: number;
}
export interface ExchangeCost {
  cost_usd?: string | null;
  saved_usd: string;
  estimated: boolean;
}
export interface KeptBodies {
  until: string;
  request?: KeptBody | null;
  reply?: KeptBody | null;
}
export interface KeptBody {
  text: string;
  bytes: number;
  cut: boolean;
  redacted: Redacted[];
}
export interface Redacted {
  name: string;
  count: number;
}
export interface Retention {
  keep: string;
  days: number;
  redact: string[];
  patterns: string[];
  exchange_days?: number | null;
}
export interface RetentionState {
  retention: Retention;
  editable: boolean;
  kept: number;
  kept_bytes: number;
  known: KnownPattern[];
}
export interface KnownPattern {
  name: string;
  finds: string;
  always: boolean;
}
export interface Classify {
  prompt: string;
  context?: string | null;
}
export interface TaskClass {
  task: string;
  complexity: number;
  latency_need: number;
  confidence: number;
  because: string[];
  by: string;
  tier?: string | null;
}
export interface HealthReport {
  providers: ProviderHealth[];
  deployments: DeploymentHealth[];
}
export interface ProviderHealth {
  provider: string;
  state: string;
  uptime_percent?: number | null;
  sla?: Sla | null;
  sla_met?: boolean | null;
  check?: HealthCheck | null;
}
export interface HealthCheck {
  at: string;
  ok: boolean;
  error?: string | null;
}
export interface DeploymentHealth {
  id: string;
  provider: string;
  state: string;
  calls: number;
  failures: number;
  in_flight: number;
  waiting: number;
  uptime_percent?: number | null;
  samples: number;
  success_percent: number;
  latency_ms: Percentiles;
  first_token_ms: Percentiles;
  tokens_per_second: number;
  headroom: number;
  breaker: Breaker;
  last_error?: string | null;
  limits: LimitState[];
  last_hour: HealthMinute[];
}
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}
export interface Breaker {
  state: string;
  retry_in_ms?: number | null;
}
export interface LimitState {
  source: string;
  of: string;
  limit: number;
  remaining: number;
  reset_ms?: number | null;
}
export interface HealthMinute {
  at: string;
  calls: number;
  failures: number;
  p95_ms?: number | null;
  down: boolean;
}
export interface Sla {
  provider: string;
  uptime_percent?: number | null;
  p95_ms?: number | null;
}
export interface PutSla {
  uptime_percent?: number | null;
  p95_ms?: number | null;
}
export interface SlaReport {
  from: string;
  to: string;
  providers: SlaRow[];
}
export interface SlaRow {
  target: Sla;
  total: SlaFigures;
  days: SlaFigures[];
}
export interface SlaFigures {
  name: string;
  calls: number;
  failures: number;
  minutes: number;
  down_minutes: number;
  uptime_percent?: number | null;
  p95_ms?: number | null;
  uptime_met?: boolean | null;
  p95_met?: boolean | null;
}
export interface KeyList {
  keys: Key[];
}
export interface Key {
  id: string;
  name: string;
  prefix: string;
  created_at: string;
  expires_at?: string | null;
  revoked_at?: string | null;
  old_secret_until?: string | null;
  rpm?: number | null;
  tpm?: number | null;
  parallel?: number | null;
  priority: string;
  routes: string[];
  budget?: KeyBudget | null;
  last_used_at?: string | null;
  spent_usd: string;
}
export interface KeyBudget {
  limit_usd: string;
  per: string;
  spent_usd: string;
  reserved_usd: string;
  resets_at?: string | null;
}
export interface CreateKey {
  name: string;
  budget_usd?: string | null;
  per?: string | null;
  rpm?: number | null;
  tpm?: number | null;
  parallel?: number | null;
  priority?: string | null;
  routes: string[];
  expires_at?: string | null;
}
export interface CreatedKey {
  key: Key;
  secret: string;
}
export interface UpdateKey {
  name?: string | null;
  budget_usd?: string | null | null;
  per?: string | null;
  rpm?: number | null | null;
  tpm?: number | null | null;
  parallel?: number | null | null;
  priority?: string | null;
  routes?: string[] | null;
  expires_at?: string | null | null;
}
export interface RotateKey {
  grace_seconds: number;
}
export interface ModelTest {
  ok: boolean;
  message: string;
  hint?: string | null;
  first_token_ms?: number | null;
  total_ms: number;
  cost_usd?: string | null;
}
