/** The shape of another language's catalogue: the same keys and arguments as the English one, any of them missing. */
export type Translation<T> = T extends (...given: infer Given) => infer Result
  ? (...given: Given) => Translation<Result>
  : T extends string
    ? string
    : T extends readonly string[]
      ? readonly string[]
      : T extends object
        ? { readonly [Key in keyof T]?: Translation<T[Key]> | undefined }
        : T;
