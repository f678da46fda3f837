/**
 * Non-negative integer arithmetic on number literals, by decimal digits and lookup tables. All loops are tail recursive
 * over the digits, so sizes to 2^53 - 1 are exact (above, the result is `number`); tuple-length arithmetic stops at 999
 * (recursion) or 9,999 (tuple size). The tables are generated. Callers guard `number`, symbols and negatives.
 */
/** Plus[i][b] = i+b as 'carry,digit'; i = digit + carry-in (0..10). */
// prettier-ignore
type Plus = [['00','01','02','03','04','05','06','07','08','09'],['01','02','03','04','05','06','07','08','09','10'],['02','03','04','05','06','07','08','09','10','11'],['03','04','05','06','07','08','09','10','11','12'],['04','05','06','07','08','09','10','11','12','13'],['05','06','07','08','09','10','11','12','13','14'],['06','07','08','09','10','11','12','13','14','15'],['07','08','09','10','11','12','13','14','15','16'],['08','09','10','11','12','13','14','15','16','17'],['09','10','11','12','13','14','15','16','17','18'],['10','11','12','13','14','15','16','17','18','19']]
/** Minus[a][i] = a-i as 'borrow,digit'; i = digit + borrow-in (0..10). */
// prettier-ignore
type Minus = [['00','19','18','17','16','15','14','13','12','11','10'],['01','00','19','18','17','16','15','14','13','12','11'],['02','01','00','19','18','17','16','15','14','13','12'],['03','02','01','00','19','18','17','16','15','14','13'],['04','03','02','01','00','19','18','17','16','15','14'],['05','04','03','02','01','00','19','18','17','16','15'],['06','05','04','03','02','01','00','19','18','17','16'],['07','06','05','04','03','02','01','00','19','18','17'],['08','07','06','05','04','03','02','01','00','19','18'],['09','08','07','06','05','04','03','02','01','00','19']]
/** Times[c][a][b] = a*b + c as 'carry,digit'; c = carry-in (0..8). */
// prettier-ignore
type Times = [[['00','00','00','00','00','00','00','00','00','00'],['00','01','02','03','04','05','06','07','08','09'],['00','02','04','06','08','10','12','14','16','18'],['00','03','06','09','12','15','18','21','24','27'],['00','04','08','12','16','20','24','28','32','36'],['00','05','10','15','20','25','30','35','40','45'],['00','06','12','18','24','30','36','42','48','54'],['00','07','14','21','28','35','42','49','56','63'],['00','08','16','24','32','40','48','56','64','72'],['00','09','18','27','36','45','54','63','72','81']],
  [['01','01','01','01','01','01','01','01','01','01'],['01','02','03','04','05','06','07','08','09','10'],['01','03','05','07','09','11','13','15','17','19'],['01','04','07','10','13','16','19','22','25','28'],['01','05','09','13','17','21','25','29','33','37'],['01','06','11','16','21','26','31','36','41','46'],['01','07','13','19','25','31','37','43','49','55'],['01','08','15','22','29','36','43','50','57','64'],['01','09','17','25','33','41','49','57','65','73'],['01','10','19','28','37','46','55','64','73','82']],
  [['02','02','02','02','02','02','02','02','02','02'],['02','03','04','05','06','07','08','09','10','11'],['02','04','06','08','10','12','14','16','18','20'],['02','05','08','11','14','17','20','23','26','29'],['02','06','10','14','18','22','26','30','34','38'],['02','07','12','17','22','27','32','37','42','47'],['02','08','14','20','26','32','38','44','50','56'],['02','09','16','23','30','37','44','51','58','65'],['02','10','18','26','34','42','50','58','66','74'],['02','11','20','29','38','47','56','65','74','83']],
  [['03','03','03','03','03','03','03','03','03','03'],['03','04','05','06','07','08','09','10','11','12'],['03','05','07','09','11','13','15','17','19','21'],['03','06','09','12','15','18','21','24','27','30'],['03','07','11','15','19','23','27','31','35','39'],['03','08','13','18','23','28','33','38','43','48'],['03','09','15','21','27','33','39','45','51','57'],['03','10','17','24','31','38','45','52','59','66'],['03','11','19','27','35','43','51','59','67','75'],['03','12','21','30','39','48','57','66','75','84']],
  [['04','04','04','04','04','04','04','04','04','04'],['04','05','06','07','08','09','10','11','12','13'],['04','06','08','10','12','14','16','18','20','22'],['04','07','10','13','16','19','22','25','28','31'],['04','08','12','16','20','24','28','32','36','40'],['04','09','14','19','24','29','34','39','44','49'],['04','10','16','22','28','34','40','46','52','58'],['04','11','18','25','32','39','46','53','60','67'],['04','12','20','28','36','44','52','60','68','76'],['04','13','22','31','40','49','58','67','76','85']],
  [['05','05','05','05','05','05','05','05','05','05'],['05','06','07','08','09','10','11','12','13','14'],['05','07','09','11','13','15','17','19','21','23'],['05','08','11','14','17','20','23','26','29','32'],['05','09','13','17','21','25','29','33','37','41'],['05','10','15','20','25','30','35','40','45','50'],['05','11','17','23','29','35','41','47','53','59'],['05','12','19','26','33','40','47','54','61','68'],['05','13','21','29','37','45','53','61','69','77'],['05','14','23','32','41','50','59','68','77','86']],
  [['06','06','06','06','06','06','06','06','06','06'],['06','07','08','09','10','11','12','13','14','15'],['06','08','10','12','14','16','18','20','22','24'],['06','09','12','15','18','21','24','27','30','33'],['06','10','14','18','22','26','30','34','38','42'],['06','11','16','21','26','31','36','41','46','51'],['06','12','18','24','30','36','42','48','54','60'],['06','13','20','27','34','41','48','55','62','69'],['06','14','22','30','38','46','54','62','70','78'],['06','15','24','33','42','51','60','69','78','87']],
  [['07','07','07','07','07','07','07','07','07','07'],['07','08','09','10','11','12','13','14','15','16'],['07','09','11','13','15','17','19','21','23','25'],['07','10','13','16','19','22','25','28','31','34'],['07','11','15','19','23','27','31','35','39','43'],['07','12','17','22','27','32','37','42','47','52'],['07','13','19','25','31','37','43','49','55','61'],['07','14','21','28','35','42','49','56','63','70'],['07','15','23','31','39','47','55','63','71','79'],['07','16','25','34','43','52','61','70','79','88']],
  [['08','08','08','08','08','08','08','08','08','08'],['08','09','10','11','12','13','14','15','16','17'],['08','10','12','14','16','18','20','22','24','26'],['08','11','14','17','20','23','26','29','32','35'],['08','12','16','20','24','28','32','36','40','44'],['08','13','18','23','28','33','38','43','48','53'],['08','14','20','26','32','38','44','50','56','62'],['08','15','22','29','36','43','50','57','64','71'],['08','16','24','32','40','48','56','64','72','80'],['08','17','26','35','44','53','62','71','80','89']]]
type Inc = ['1','2','3','4','5','6','7','8','9','10']
/** Less[d] = the digits smaller than d. */
type Less = [never, '0', '0'|'1', '0'|'1'|'2', '0'|'1'|'2'|'3', '0'|'1'|'2'|'3'|'4', '0'|'1'|'2'|'3'|'4'|'5', '0'|'1'|'2'|'3'|'4'|'5'|'6', '0'|'1'|'2'|'3'|'4'|'5'|'6'|'7', '0'|'1'|'2'|'3'|'4'|'5'|'6'|'7'|'8']
type D = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'
/** Decimal string, least significant digit first. Cached per string by the compiler. */
type Rev<S extends string, Acc extends string = ''> =
  S extends `${infer H}${infer T}` ? Rev<T, `${H}${Acc}`> : Acc
/** '0'-padded decimal string -> number literal. */
type Trim<S extends string> = S extends `0${infer T}` ? (T extends '' ? '0' : Trim<T>) : S
type ToNum<S extends string> = S extends `${infer N extends number}` ? N : never
// --- addition on reversed strings; C is the carry ('0' | '1') ---------------------------------
type AddR<A extends string, B extends string, C extends '0' | '1' = '0', Acc extends string = ''> =
  A extends `${infer X extends D}${infer A1}` ? B extends `${infer Y extends D}${infer B1}`
      ? Plus[C extends '1' ? Inc[X] : X][Y] extends `${infer C1 extends '0' | '1'}${infer S}` ? AddR<A1, B1, C1, `${Acc}${S}`> : never
      : C extends '1' ? AddR<A, '1', '0', Acc> : `${Acc}${A}` : C extends '1' ? (B extends '' ? `${Acc}1` : AddR<B, '1', '0', Acc>) : `${Acc}${B}`
// --- subtraction on reversed strings; needs A >= B; result may have trailing (i.e. leading) zeros
type SubR<A extends string, B extends string, C extends '0' | '1' = '0', Acc extends string = ''> =
  A extends `${infer X extends D}${infer A1}` ? B extends `${infer Y extends D}${infer B1}`
      ? Minus[X][C extends '1' ? Inc[Y] : Y] extends `${infer C1 extends '0' | '1'}${infer S}` ? SubR<A1, B1, C1, `${Acc}${S}`> : never
      : C extends '1' ? SubR<A, '1', '0', Acc> : `${Acc}${A}` : Acc
// --- digit * number, reversed -----------------------------------------------------------------
type MulD<A extends string, Y extends D, C extends D = '0', Acc extends string = ''> =
  A extends `${infer X extends D}${infer A1}` ? Times[C & TC][X][Y] extends `${infer C1 extends D}${infer S}` ? MulD<A1, Y, C1, `${Acc}${S}`> : never
    : C extends '0' ? Acc : `${Acc}${C}`
type TC = Exclude<D, '9'>
/** A reversed, B most significant first (Horner): acc = acc*10 + A*digit. */
type MulR<A extends string, B extends string, Acc extends string = ''> =
  B extends `${infer Y extends D}${infer B1}`
    ? MulR<A, B1, Y extends '0' ? (Acc extends '' ? '' : `0${Acc}`) : Acc extends '' ? MulD<A, Y> : AddR<`0${Acc}`, MulD<A, Y>>> : Acc
// --- comparison, most significant first: one walk; the first difference decides, unless the lengths differ --------
type CmpS<A extends string, B extends string> = A extends B ? 'eq' : CmpWalk<A, B>
type CmpWalk<A extends string, B extends string> =
  A extends `${infer X extends D}${infer A1}`
    ? B extends `${infer Y extends D}${infer B1}`
      ? X extends Y ? CmpWalk<A1, B1> : CmpLen<A1, B1, X extends Less[Y] ? 'lt' : 'gt'>
      : 'gt'
    : B extends '' ? 'eq' : 'lt'
type CmpLen<A extends string, B extends string, V extends 'lt' | 'gt'> =
  A extends `${string}${infer A1}` ? B extends `${string}${infer B1}` ? CmpLen<A1, B1, V> : 'gt' : B extends '' ? V : 'lt'
// --- division: long division; each digit of the quotient is found by bisection among the multiples of the divisor ---
type Multiple<M extends string, MR extends string, Y extends D> = Y extends '1' ? M : Rev<MulD<MR, Y>>
type Below<R extends string, M extends string, MR extends string, Y extends D> =
  CmpS<R, Multiple<M, MR, Y>> extends 'lt' ? true : false
type QuotientDigit<R extends string, M extends string, MR extends string> =
  Below<R, M, MR, '1'> extends true ? '0'
  : Below<R, M, MR, '5'> extends true
    ? Below<R, M, MR, '3'> extends true ? (Below<R, M, MR, '2'> extends true ? '1' : '2')
      : Below<R, M, MR, '4'> extends true ? '3' : '4'
    : Below<R, M, MR, '7'> extends true ? (Below<R, M, MR, '6'> extends true ? '5' : '6')
      : Below<R, M, MR, '8'> extends true ? '7' : Below<R, M, MR, '9'> extends true ? '8' : '9'
type Remainder<R extends string, MR extends string, Y extends D> =
  Y extends '0' ? R : Trim<Rev<SubR<Rev<R>, Y extends '1' ? MR : MulD<MR, Y>>>>
type DivS<A extends string, M extends string, MR extends string, Q extends string = '', R extends string = ''> =
  A extends `${infer X}${infer A1}` ? DivNext<A1, M, MR, Q, R extends '' | '0' ? X : `${R}${X}`>
    : [Q extends '' ? '0' : Q, R extends '' ? '0' : R]
type DivNext<A extends string, M extends string, MR extends string, Q extends string, R extends string> =
  QuotientDigit<R, M, MR> extends infer Y extends D
    ? DivS<A, M, MR, Q extends '' ? (Y extends '0' ? '' : Y) : `${Q}${Y}`, Remainder<R, MR, Y>> : never
// --- halving: the common stride; one step a digit ------------------------------------------------
type Half = [['0','0','1','1','2','2','3','3','4','4'],['5','5','6','6','7','7','8','8','9','9']]
type HalfS<A extends string, C extends '0' | '1' = '0', Q extends string = ''> =
  A extends `${infer X extends D}${infer A1}` ? HalfS<A1, X extends '1' | '3' | '5' | '7' | '9' ? '1' : '0',
        Q extends '' ? (Half[C][X] extends '0' ? '' : Half[C][X]) : `${Q}${Half[C][X]}`> : [Q extends '' ? '0' : Q, C]
// --- public: number literals in, number literals out -----------------------------------------------
// Non-negative integers only; the callers guard `number` and symbols.
export type Add<A extends number, B extends number> =
  A extends 0 ? B : B extends 0 ? A : ToNum<Rev<AddR<Rev<`${A}`>, Rev<`${B}`>>>>
/** A - B, `never` when negative. */
export type Sub<A extends number, B extends number> =
  B extends 0 ? A : A extends B ? 0 : CmpS<`${A}`, `${B}`> extends 'lt' ? never : ToNum<Trim<Rev<SubR<Rev<`${A}`>, Rev<`${B}`>>>>>
export type Mul<A extends number, B extends number> =
  A extends 1 ? B : B extends 1 ? A : A extends 0 ? 0 : B extends 0 ? 0 : ToNum<Rev<MulR<Rev<`${A}`>, `${B}`>>>
/** [quotient, remainder]. */
export type DivMod<A extends number, B extends number> =
  B extends 0 ? never : B extends 1 ? [A, 0] : A extends B ? [1, 0]
    : (B extends 2 ? HalfS<`${A}`> : DivS<`${A}`, `${B}`, Rev<`${B}`>>) extends [infer Q extends string, infer R extends string]
      ? [ToNum<Q>, ToNum<R>] : never
export type Cmp<A extends number, B extends number> = CmpS<`${A}`, `${B}`>
