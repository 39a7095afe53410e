	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	v(%rip), %eax
	ret
	.size	f, .-f
f.Lfe:
	.section	.note.GNU-stack,"",@progbits
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: f -----
	.p2align 4
	.globl	f.kpatch
	.hidden	f.kpatch
	.type	f.kpatch, @function
f.kpatch:
	subq	$8, %rsp
	movq	w.kpatch_got(%rip), %rsi
	movq	e.kpatch_got(%rip), %rdi
	movq	(%rdi), %rdi
	call	fp.kpatch_ext
	movq	w.kpatch_got(%rip), %rax
	movl	(%rax), %eax
	addl	v.kpatch_ext(%rip), %eax
	addq	$8, %rsp
	ret
	.size	f.kpatch, .-f.kpatch
f.kpatch_end:
	.popsection
	.pushsection .kpatch.got,"R",@progbits
	.balign	8
w.kpatch_got:
	.quad	w.kpatch_ext
e.kpatch_got:
	.quad	e.kpatch_ext
	.popsection
	.pushsection .kpatch.strtab,"R",@progbits
.Lkpatch_name0:
	.string	"f"
	.popsection
	.pushsection .kpatch.info,"R",@progbits
	.balign	8
	.quad	f
	.quad	f.Lfe-f
	.quad	f.kpatch
	.quad	f.kpatch_end-f.kpatch
	.quad	.Lkpatch_name0
	.quad	0
	.popsection
	.weak	w.kpatch_ext
	.hidden	w.kpatch_ext
	.weak	e.kpatch_ext
	.hidden	e.kpatch_ext
	.weak	fp.kpatch_ext
	.hidden	fp.kpatch_ext
	.weak	v.kpatch_ext
	.hidden	v.kpatch_ext
#----- kpatch end -----
