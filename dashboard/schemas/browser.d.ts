// Made from the models of dashboard/schemas by `python -m dashboard.schemas.typescript`.
// Not to be edited: a test holds both equal.

export interface ActiveCheckpoint {
  run: string;
  number: number;
  backbone: string;
  balanced_accuracy: number | null;
  measured_on: string | null;
  changed: number;
}

export interface BalanceChoice {
  method?: BalanceMethod;
  target?: number | null;
}

export type BalanceMethod = "none" | "class_weights" | "balanced_sampling" | "augmentation";

export interface Card {
  id: string;
  file: string;
  state: SampleState;
  imported: number | null;
  split: Split | null;
  queues: Queue[];
  patient: string | null;
  predicted: number | null;
  confidence: number | null;
  revision: number;
  why: string;
  suggested: number | null;
}

export interface Cards {
  cards: Card[];
  revision: number;
}

export interface CardsRequest {
  ids: string[];
}

export interface Cell {
  run: string;
  split: string;
  true: number;
  predicted: number;
}

export interface CellChoice {
  run: string;
  split: string;
  true: number;
  predicted: number;
}

export interface ChartSelection {
  index: number[];
  value: (string | number | null)[];
  area: ([number, number])[];
  selected: boolean;
}

export interface ChartTable {
  columns: string[];
  rows: ((string | number | null)[])[];
}

export interface ChartValue {
  figure: string;
  height: number;
  title: string;
  caption: string;
  summary: string;
  name: string;
  table: ChartTable;
}

export interface Choice {
  id: string;
  state?: SampleState | null;
}

export interface ClassInfo {
  id: number;
  name: string;
  code: string;
  key: string;
  colour: string;
}

export interface ClassProbability {
  class_id: number;
  probability: number;
}

export interface Count {
  total: number;
  test: number;
}

export interface CountRequest {
  query: SampleQuery;
}

export interface Decided {
  kind: string;
  applied: number;
  refused: number;
  revision: number;
}

export type DecisionKind = "relabel" | "keep" | "exclude" | "restore" | "unsure" | "promote" | "set_patient" | "join" | "opinion" | "undo";

export interface DecisionRequest {
  kind: DecisionKind;
  who?: string;
  label?: number | null;
  patient?: string | null;
  join?: string | null;
  reason?: string;
  note?: string;
  shown?: SampleQuery;
  choices?: Choice[];
  matching?: Matching | null;
  ids?: string[];
}

export interface DecisionResult {
  batch: number | null;
  applied: number;
  refused: Refused[];
  ledger: number;
  revision: number;
  cards: Card[];
  siblings: Card[];
}

export interface Detail {
  card: Card;
  width: number;
  height: number;
  number: number;
  added: string;
  siblings: Card[];
  sources: SourceEntry[];
  model: ModelOpinion | null;
  issues: Issue[];
  suspected_before: boolean;
  related: Card[];
  history: HistoryEntry[];
}

export interface DetailRequest {
  id: string;
}

export interface Failure {
  title: string;
  message: string;
  hint: string;
}

export interface FailureDocument {
  error: Failure;
}

export interface GridView {
  query: SampleQuery;
  page?: Page | null;
}

export interface HistoryEntry {
  number: number;
  batch: number;
  sample: string;
  kind: DecisionKind;
  before: ShortState;
  after: ShortState;
  applied: boolean;
  taken_back: boolean;
  undoable: boolean;
  undoes: number | null;
  opinion: number | null;
  who: string;
  when: string;
  reason: string;
  note: string;
}

export interface ImportProgress {
  stage: string;
  done: number;
  total: number;
  seconds_left: number | null;
  phase: string;
  name: string;
}

export interface Issue {
  sample: string;
  kind: IssueKind;
  score: number;
  reason: string;
  certain?: boolean;
  suggested?: number | null;
  related?: string[];
}

export type IssueKind = "label" | "exact_duplicate" | "near_duplicate" | "cross_patient" | "leak" | "outlier" | "quality" | "siblings" | "shortcut";

export interface Matching {
  query: SampleQuery;
  count: number;
  ledger: number;
}

export interface Matrix {
  run: string;
  split: string;
  classes: MatrixClass[];
  counts: number[][];
  selected: [number, number];
}

export interface MatrixClass {
  id: number;
  name: string;
  code: string;
  colour: string;
}

export interface ModelOpinion {
  run: number;
  seen_in_training: boolean;
  best: ClassProbability[];
}

export interface OverlayImage {
  prediction: number;
  image: string;
  name: string;
  heat: string | null;
  answer: string;
}

export interface Page {
  query: SampleQuery;
  address: Record<string, string>;
  cards: Card[];
  total: number;
  offset: number;
  size: number;
  revision: number;
  ledger: number;
  classes: ClassInfo[];
}

export interface PageRequest {
  query?: SampleQuery | null;
  address?: Record<string, string>;
  offset?: number;
  leaving?: string[];
}

export type Queue = "worth" | "label" | "conflict" | "unlabelled" | "unsure" | "disagreement" | "duplicate" | "near_duplicate" | "cross_patient" | "leak" | "siblings" | "outlier" | "quality" | "shortcut" | "patient_unknown" | "second_reading" | "adjudication" | "test";

export interface QueueProgress {
  stage: string;
  done: number;
  total: number;
  seconds_left: number | null;
  working: boolean;
  problem: string;
}

export interface Refused {
  sample: string;
  why: string;
}

export interface RunProgress {
  run: string;
  number: number;
  queued: boolean;
  stage: string;
  epoch: number | null;
  epochs: number;
  seconds_left: number | null;
  waiting: number;
}

export interface SampleQuery {
  labels?: (number | null)[];
  splits?: (Split | null)[];
  statuses?: Status[];
  queues?: Queue[];
  patient?: number | null;
  text?: string;
  cell?: Cell | null;
  area?: ([number, number])[];
  among?: string[] | null;
  sort?: Sort;
  descending?: boolean;
  similar_to?: string | null;
}

export interface SampleState {
  label: number | null;
  status: Status;
  patient: number | null;
  links?: string[];
}

export interface ShortState {
  label: number | null;
  status: string;
  patient: string | null;
}

export type Sort = "added" | "file" | "label" | "patient" | "confidence" | "similarity" | "score";

export interface SourceEntry {
  file: string;
  label: number | null;
  patient: string | null;
  author_split: Split | null;
  origin: string;
}

export type Split = "train" | "validation" | "test" | "withheld";

export type Status = "new" | "kept" | "relabelled" | "excluded" | "unsure";

export interface StatusValue {
  revision: number;
  workspace: string;
  samples: number;
  patients: number;
  groups: number;
  synthetic: boolean;
  own: boolean;
  checkpoint: ActiveCheckpoint | null;
  view: ViewState;
  run: RunProgress | null;
  importing: ImportProgress | null;
  queues: QueueProgress;
  user: string;
}

export interface StopRequest {
  run: string;
}

export interface UndoRequest {
  who?: string;
  batch?: number | null;
  sample?: string | null;
  redo?: boolean;
  ids?: string[];
}

export interface ViewState {
  name: string;
  problem: string | null;
  hint: string | null;
  app: string | null;
}

export interface Work {
  stage: string;
  done: number;
  total: number;
  seconds_left: number | null;
}
